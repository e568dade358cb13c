import type { Facts, SchemaFacts } from './facts.js';
import type { PlanTarget, Step } from './plan.js';

/** sha256 of a text as UTF-8, in hex; passed in, since the core imports nothing. */
export type Sha256 = (text: string) => string;

/** JSON with sorted keys: the same value gives the same text, whoever built it. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    inner !== null && typeof inner === 'object' && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}

/**
 * What a confirmation carries: 16 hex digits over everything in the step (but the digest
 * itself) and the target. One byte of SQL, or another host, gives another digest.
 */
export function digestOf(step: Step | Undigested, target: PlanTarget, sha256: Sha256): string {
  const { digest: _, ...shown } = step as Step;
  return sha256(canonical({ step: shown, target })).slice(0, 16);
}

type DropDigest<T> = T extends { digest: string } ? Omit<T, 'digest'> : never;
/** A step before its digest is known. */
export type Undigested = DropDigest<Step>;

/**
 * A fingerprint of what a plan rests on: files, journal, history rows, target, and how the objects
 * that the migrations make stand live. The time of reading, and what changes by itself (sessions,
 * sizes, rows), are left out.
 */
export function fingerprint(facts: Facts, sha256: Sha256): string {
  const { folder, history, target, tool, schema } = facts;
  return sha256(
    canonical({
      tool,
      target: target && planTarget(facts),
      files: folder.migrations.map(({ id, file, entries, snapshot }) => [
        id,
        file?.hash ?? file?.sha256 ?? null,
        entries,
        snapshot,
      ]),
      journal: folder.journal,
      snapshots: folder.snapshots,
      unreadable: folder.unreadable,
      history: history && { table: history.table, rows: history.rows },
      schema: standing(schema),
    }),
  );
}

/** The live definitions of what any migration touches; what else stands in the database is not a plan's business. */
function standing(schema: SchemaFacts): unknown {
  if (schema.state !== 'read') return schema.state;
  const touched = new Set(
    schema.replay.migrations.flatMap(({ statements }) =>
      statements.flatMap(({ changes }) =>
        changes.map((change) => (change.type === 'set' ? change.object.key : change.key)),
      ),
    ),
  );
  return schema.catalog.flatMap(({ key, parts }) => (touched.has(key) ? [[key, parts]] : []));
}

/** @throws when the facts were read offline: there is nothing to write to. */
export function planTarget(facts: Facts): PlanTarget {
  if (facts.target === null) throw new Error('facts were read offline');
  const { host, port, database, user, identity } = facts.target;
  return { host, port, database, user, identity };
}
