import type { CatalogObject, ObjectKind } from '../../src/core/catalog.js';
import type { Diagnosis } from '../../src/core/diagnosis.js';
import type {
  Evidence,
  MigrationEvidence,
  SchemaState,
  StatementEvidence,
} from '../../src/core/evidence/evidence.js';
import type { Replay } from '../../src/core/replay.js';
import type { Facts } from '../../src/core/facts.js';
import { drizzle } from '../../src/tools/drizzle/index.js';

/** A statement with its state, its objects and its label. */
export type Told = readonly [
  state: StatementEvidence['state'],
  objects?: readonly string[],
  label?: string,
];

/** What weigh.ts would say of one migration, by hand. */
export function told(
  id: string,
  schema: SchemaState,
  statements: readonly Told[],
  more: Partial<MigrationEvidence> = {},
): MigrationEvidence {
  const list = statements.map(([state, objects = [], label = 'CREATE TABLE'], index) => ({
    number: index + 1,
    label,
    line: index + 1,
    text: '',
    state,
    objects,
  }));
  const stop = list.find(({ state }) => state === 'not done');
  const partial = schema === 'partial' && stop !== undefined;
  return {
    id,
    schema,
    lacks: list.flatMap(({ state, objects }) => (state === 'not done' ? objects : [])),
    stoppedAt: partial ? `statement ${stop.number} of ${list.length}: ${stop.label}` : null,
    stoppedAtStatement: partial ? stop.number : null,
    statements: list,
    why: null,
    ambiguous: [],
    ...more,
  };
}

export function evidenceOf(...migrations: readonly MigrationEvidence[]): Evidence {
  return { migrations: new Map(migrations.map((one) => [one.id, one])), drift: [], remarks: [] };
}

/** An object of the live catalog by its key: "column public.users.email". */
export function live(key: string, parts: CatalogObject['parts'] = {}): CatalogObject {
  const [kind = '', name = ''] = key.split(' ');
  const [schema = null] = name.split('.');
  return { key, kind: kind as ObjectKind, schema, parent: null, parts };
}

/** What a plan rests on; without findings and board. */
export function diagnosisOf(facts: Facts, evidence: Evidence | null): Diagnosis {
  const { folder, history } = facts;
  if (history === null) throw new Error('facts were read offline');
  return {
    facts,
    matching: drizzle.match(folder, history),
    board: [],
    findings: [],
    nextRun: drizzle.nextRun(folder, history),
    evidence,
  };
}

/** A replay in which each statement makes what it is told to touch. */
export function replayOf(id: string, statements: readonly Told[]): Replay {
  return {
    base: [],
    prepared: [],
    untracked: [],
    serverVersion: '18.4',
    migrations: [
      {
        id,
        unparsed: null,
        statements: statements.map(([, keys = [], label = 'CREATE TABLE'], index) => ({
          number: index + 1,
          text: '',
          label,
          line: index + 1,
          changes: keys.map((key) => ({ type: 'set' as const, object: live(key) })),
          beyondCatalog: false,
          error: null,
        })),
      },
    ],
  };
}
