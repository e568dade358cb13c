import type pg from 'pg';
import { folderSetting } from './files.js';
import { platformParts } from './platform.js';

/** What the server said of a statement it refused. */
export interface Refused {
  readonly sqlstate: string;
  readonly message: string;
}

/** How the server (lc_messages C) names what is missing; the name may be quoted and carry arguments. */
const MISSING: readonly (readonly [sqlstate: string, kind: string, pattern: RegExp])[] = [
  ['42704', 'role', /^role "([^"]+)" does not exist/],
  ['42704', 'publication', /^publication "([^"]+)" does not exist/],
  ['3F000', 'schema', /^schema "([^"]+)" does not exist/],
  ['42P01', 'relation', /^relation "([^"]+)" does not exist/],
  ['42883', 'function', /^function ([\w.]+)\(/],
];

/**
 * A statement failed in the sandbox for want of what Supabase or Neon put into every database
 * (roles, auth, storage, realtime, a publication): makes it, in the database of `client`.
 * Roles only on the embedded server, since they would stay on another one.
 *
 * @returns one sentence for the operator, and the statement is to be tried again; null: nothing was made
 */
export async function standIn(
  client: pg.Client,
  { sqlstate, message }: Refused,
): Promise<string | null> {
  const missing = missingIn(sqlstate, message);
  const part = platformParts.find(({ makes }) => missing !== null && makes.includes(missing));
  if (part === undefined) return null;
  if (missing?.startsWith('role ') && !(await isEmbedded(client))) return null;
  for (const statement of part.statements) {
    if (!(await done(client, statement))) return null;
  }
  return `${part.title} is not in the sandbox, and is stood in for: names, columns and signatures only`;
}

/** The roles among what can be stood in for. */
export const standInRoles: readonly string[] = platformParts.flatMap(({ makes }) =>
  makes.flatMap((one) => (one.startsWith('role ') ? one.slice('role '.length) : [])),
);

function missingIn(sqlstate: string, message: string): string | null {
  for (const [state, kind, pattern] of MISSING) {
    const name = state === sqlstate ? pattern.exec(message)?.[1] : undefined;
    if (name !== undefined) return `${kind} ${name}`;
  }
  return null;
}

/** Whether it is a server of ours, which is gone with the sandbox. */
export async function isEmbedded(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query<{ folder: string | null }>(
    `SELECT pg_catalog.current_setting('${folderSetting}', true) AS folder`,
  );
  return Boolean(rows[0]?.folder);
}

async function done(client: pg.Client, statement: string): Promise<boolean> {
  return client.query(statement).then(
    () => true,
    () => false,
  );
}
