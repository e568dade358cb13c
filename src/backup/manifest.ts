import { createHash } from 'node:crypto';
import { open, readFile, rm } from 'node:fs/promises';
import { z } from 'zod';
import type { ProvenBackup, ReadBackup } from '../core/backup.js';
import { UserError, messageOf } from '../core/errors.js';
import type { History } from '../core/facts.js';
import type { Expected } from './proof.js';

/** What stands beside a backup: of which database it is, and what a restored copy of it must hold. */
export interface Manifest {
  readonly format: 1;
  readonly backup: ProvenBackup | ReadBackup;
  readonly expected: Expected;
  /** The migration tool's rows in the same snapshot; null where they were not read. */
  readonly history: History | null;
}

export function manifestPath(backup: string): string {
  return `${backup}.manifest.json`;
}

/** Writes it down, on the disk when this resolves; never over another one. */
export async function writeManifest(manifest: Manifest): Promise<void> {
  const path = manifestPath(manifest.backup.path);
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(`${JSON.stringify(manifest, withMaps)}\n`);
    await file.sync();
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  } finally {
    await file.close();
  }
}

export async function removeManifest(backup: string): Promise<void> {
  await rm(manifestPath(backup), { force: true });
}

/**
 * The manifest of a backup, with the sha256 of its own bytes; null where there is none.
 * @throws UserError when it cannot be read, or is none
 */
export async function readManifest(
  backup: string,
): Promise<{ readonly manifest: Manifest; readonly sha256: string } | null> {
  const path = manifestPath(backup);
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as { code?: string }).code === 'ENOENT') return null;
    throw new UserError(`${path} cannot be read: ${messageOf(error)}.`, [
      'Put it right, or choose another backup: --set backup=PATH',
    ]);
  }
  const sha256 = createHash('sha256').update(text).digest('hex');
  return { manifest: parse(path, text), sha256 };
}

function parse(path: string, text: string): Manifest {
  try {
    const value: unknown = JSON.parse(text, fromMaps);
    // Checked as far as a restore leans on it; the rest came from ourselves.
    return schema.parse(value) as unknown as Manifest;
  } catch (error) {
    const [issue] = error instanceof z.ZodError ? error.issues : [];
    const what = issue ? `${issue.path.join('.')}: ${issue.message}` : messageOf(error);
    throw new UserError(`${path} is not what pgmedic writes beside a backup: ${what}.`, [
      'Move it away to restore the backup without it, or choose another: --set backup=PATH',
    ]);
  }
}

/** JSON has no Map. */
function withMaps(_key: string, value: unknown): unknown {
  return value instanceof Map ? { $map: [...value] } : value;
}

function fromMaps(_key: string, value: unknown): unknown {
  const entries =
    value !== null && typeof value === 'object' && '$map' in value ? value.$map : undefined;
  return Array.isArray(entries) ? new Map(entries as [unknown, unknown][]) : value;
}

const text = z.string();
const count = z.number().int().nonnegative();
const table = z.looseObject({ schema: text, table: text });

/** Its rows are those of any tool: with a hash and a stamp, or with a name and more columns. */
const history = z.looseObject({
  expected: table,
  configured: z.boolean(),
  table: table.nullable(),
  elsewhere: z.array(table.extend({ rows: count })),
  rows: z.array(z.looseObject({ id: text })),
  sequence: z.object({ name: text, next: z.number() }).nullable(),
  otherTables: count,
});

const schema = z.looseObject({
  format: z.literal(1),
  backup: z.looseObject({
    target: z.object({ host: text, port: z.number(), database: text, identity: text.nullable() }),
    path: text,
    format: z.enum(['custom', 'directory', 'plain']),
    bytes: count,
    sha256: text.regex(/^[0-9a-f]{64}$/),
    tables: count,
    rows: count,
    startedAt: text.regex(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
  }),
  expected: z.looseObject({
    counts: z.array(
      table.extend({
        kind: z.enum(['table', 'materialised view']),
        populated: z.boolean(),
        row: text,
        rows: count,
        content: text.nullable(),
      }),
    ),
    hashing: z.looseObject({ wholeUpTo: z.number() }).nullable(),
    sequences: z.instanceof(Map),
    largeObjects: z.object({ count, content: text.nullable() }),
    schema: z.looseObject({
      objects: z.array(z.looseObject({ key: text, kind: text, parts: z.record(text, text) })),
      user: text,
      owners: z.array(z.object({ object: text, owner: text })),
    }),
  }),
  history: history.nullable(),
});
