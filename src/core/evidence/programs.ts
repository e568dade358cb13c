import type { Folder } from '../facts.js';
import type { Evidence, MigrationEvidence } from './evidence.js';
import { unknownMigration } from './unknown.js';

/**
 * The evidence beside migrations that are programs: those could not be replayed. What one of them
 * that ran may have changed again is unknown, and a difference may be its work: no drift.
 */
export function besidePrograms(
  evidence: Evidence,
  { migrations }: Folder,
  recorded: ReadonlySet<string>,
): Evidence {
  const programs = migrations.filter(({ isCode }) => isCode === true);
  if (programs.length === 0) return evidence;
  const last = migrations.findLastIndex(({ id, isCode }) => isCode === true && recorded.has(id));
  const later = migrations[last]?.id;
  const unsure = new Set(migrations.slice(0, Math.max(last, 0)).map(({ id }) => id));
  const seen = [...evidence.migrations].map(([id, one]): [string, MigrationEvidence] =>
    unsure.has(id) && one.schema !== 'present'
      ? [id, unknownFor(one, `${later} came later and is a program: what it changed is not known`)]
      : [id, one],
  );
  const programsSeen = programs.map(({ id, file, whyCode }): [string, MigrationEvidence] => [
    id,
    unknownMigration(
      id,
      `${file?.path ?? id} is a program, not SQL: it was not replayed${whyCode == null ? '' : ` (${whyCode})`}`,
    ),
  ]);
  return {
    ...evidence,
    migrations: new Map([...seen, ...programsSeen]),
    drift: [],
    remarks: [
      ...evidence.remarks,
      `${programs.length} of ${migrations.length} migrations are programs: what they made is not known, and drift is not looked for.`,
    ],
  };
}

function unknownFor(one: MigrationEvidence, why: string): MigrationEvidence {
  return { ...one, schema: 'unknown', lacks: [], stoppedAt: null, stoppedAtStatement: null, why };
}
