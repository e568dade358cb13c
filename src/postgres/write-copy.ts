import { writeSync } from 'node:fs';
import { access, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { syncFolder } from '../files/run-log.js';

/** `folder` is there already; `name` has no folder in it. */
export interface CopyPlace {
  readonly folder: string;
  readonly name: string;
}

/**
 * The rows of a COPY ... TO STDOUT into `name` in `folder`, in the session's own transaction. Of mode
 * 0600, and on the disk when it resolves: what the next statement takes away is safe then. A file that
 * has the name already is kept as `name`.1, .2 and so on.
 * @throws what the server or the disk says; nothing is left of the copy then
 */
export async function copyOut(
  client: pg.Client,
  sql: string,
  { folder, name }: CopyPlace,
): Promise<void> {
  const path = join(folder, name);
  await setAside(path);
  const file = await open(path, 'wx', 0o600);
  try {
    await received(client, sql, (chunk) => {
      for (let at = 0; at < chunk.length;) at += writeSync(file.fd, chunk, at);
    });
    await file.sync();
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  } finally {
    await file.close();
  }
  await syncFolder(folder);
}

/** An earlier roll back of the session may have the rows in it that are nowhere else any more. */
async function setAside(path: string): Promise<void> {
  if (!(await isThere(path))) return;
  let number = 1;
  while (await isThere(`${path}.${number}`)) number++;
  await rename(path, `${path}.${number}`);
}

const isThere = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

/**
 * pg hands each CopyData message to the query that runs, whose own method does nothing with it. Taken
 * synchronously: no more than one is ever in memory. A disk that refuses one is heard at the end.
 */
function received(client: pg.Client, sql: string, take: (chunk: Buffer) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    let refused: unknown = null;
    const query = Object.assign(new pg.Query<never>(sql), {
      handleCopyData: ({ chunk }: { readonly chunk: Buffer }): void => {
        if (refused !== null) return;
        try {
          take(chunk);
        } catch (error) {
          refused = error ?? new Error('the disk refused it');
        }
      },
      callback: (error: unknown): void => {
        if (error ?? refused) reject(error ?? refused);
        else resolve();
      },
    });
    client.query(query);
  });
}
