import type { CatalogObject, ObjectKind } from '../../src/core/catalog.js';
import { weigh } from '../../src/core/evidence/weigh.js';
import type { Evidence } from '../../src/core/evidence/evidence.js';
import type {
  Change,
  Replay,
  ReplayedMigration,
  ReplayedStatement,
} from '../../src/core/replay.js';

const kinds: readonly ObjectKind[] = [
  ...(['foreign table', 'materialized view', 'event trigger', 'default privilege'] as const),
  ...(['schema', 'extension', 'enum', 'table', 'column', 'constraint', 'index', 'view'] as const),
  ...(['trigger', 'policy', 'sequence', 'comment', 'grant', 'publication'] as const),
];

/** An object by its key, with its schema and parent as the catalog would give them; an index stands in what it is told to. */
export function object(
  key: string,
  parts: CatalogObject['parts'] = {},
  parent: string | null = parentOf(key),
): CatalogObject {
  const kind = kinds.find((one) => key.startsWith(`${one} `));
  if (kind === undefined) throw new Error(`No kind in ${key}`);
  const name = (kind === 'grant' || kind === 'comment' ? parent : key)?.split(' ')[1] ?? '';
  const schema = name.includes('.') ? (name.split('.')[0] ?? '').replaceAll('"', '') : null;
  return { key, kind, schema, parent, parts };
}

function parentOf(key: string): string | null {
  const [kind, name = ''] = key.split(' ');
  if (['column', 'constraint', 'trigger', 'policy'].includes(kind ?? ''))
    return `table ${name.slice(0, name.lastIndexOf('.'))}`;
  return / on (.+?)(?: to .+)?$/.exec(key)?.[1] ?? null;
}

/** A text is the key of what is dropped; anything else is set. */
export type Doing = CatalogObject | string;

export interface Statement {
  readonly label: string;
  readonly does: readonly Doing[];
  readonly text?: string;
  readonly error?: ReplayedStatement['error'];
}

export const does = (label: string, ...doing: readonly Doing[]): Statement => ({
  label,
  does: doing,
});

export const column = (
  key: string,
  type = 'text',
  more: CatalogObject['parts'] = {},
): CatalogObject => object(`column ${key}`, { type, nullable: 'true', ...more });

/** "public.users", "id", "email": a table with its columns, of type text. */
export const createTable = (name: string, ...columns: readonly string[]): Statement =>
  does('CREATE TABLE', object(`table ${name}`), ...columns.map((one) => column(`${name}.${one}`)));

export const addColumn = (key: string, type?: string): Statement =>
  does('ALTER TABLE', column(key, type));

export const createIndex = (name: string, table: string, valid = 'true'): Statement =>
  does('CREATE INDEX', index(name, table, valid));

export const index = (name: string, table: string, valid = 'true'): CatalogObject =>
  object(`index ${name}`, { definition: `CREATE INDEX ON ${table} (id)`, valid }, `table ${table}`);

/** It leaves nothing in the catalog. */
export const rows = (label = 'UPDATE'): Statement => ({ label, does: [] });

export const failing = (
  label: string,
  error: Partial<NonNullable<ReplayedStatement['error']>> = {},
): Statement => ({
  label,
  does: [],
  error: { sqlstate: '42704', message: 'it is not here', redundant: false, names: [], ...error },
});

/** `unparsed` instead of statements: a text that cannot be divided. */
export type Migrations = Readonly<Record<string, readonly Statement[] | { unparsed: string }>>;

export function replayed(migrations: Migrations, more: Partial<Replay> = {}): Replay {
  return {
    migrations: Object.entries(migrations).map(([id, own]): ReplayedMigration => {
      if ('unparsed' in own) return { id, statements: [], unparsed: own.unparsed };
      return { id, statements: own.map(statementOf), unparsed: null };
    }),
    base: [object('schema public')],
    prepared: [],
    serverVersion: '18.4',
    untracked: [],
    ...more,
  };
}

function statementOf(one: Statement, at: number): ReplayedStatement {
  const changes = one.does.map((doing): Change =>
    typeof doing === 'string' ? { type: 'drop', key: doing } : { type: 'set', object: doing },
  );
  const { label, text = label, error = null } = one;
  const beyondCatalog = changes.length === 0;
  return { number: at + 1, text, label, line: at + 1, changes, beyondCatalog, error };
}

/** The catalog when only these migrations were run; "0001_b:2": its first two statements alone. */
export function catalogAfter(replay: Replay, ...ran: readonly string[]): CatalogObject[] {
  const live = new Map(replay.base.map((one) => [one.key, one]));
  for (const { id, statements } of replay.migrations) {
    const own = ran.find((one) => one === id || one.startsWith(`${id}:`));
    const done = own === undefined ? 0 : Number(own.split(':')[1] ?? statements.length);
    for (const { changes } of statements.slice(0, done)) {
      for (const change of changes) {
        if (change.type === 'set') live.set(change.object.key, change.object);
        else live.delete(change.key);
      }
    }
  }
  return [...live.values()];
}

/** Without these objects, and without what stands in them. */
export function without(catalog: readonly CatalogObject[], ...keys: readonly string[]) {
  const goes = ({ key, parent }: CatalogObject): boolean =>
    keys.includes(key) || keys.includes(parent ?? '');
  return catalog.filter((one) => !goes(one));
}

/** With these objects in the place of those of the same key. */
export function withObjects(
  catalog: readonly CatalogObject[],
  ...objects: readonly CatalogObject[]
): CatalogObject[] {
  return [...new Map([...catalog, ...objects].map((one) => [one.key, one])).values()];
}

/** What the engine says where definitions mean the same only when they are equal. */
export function weighed(
  replay: Replay,
  catalog: readonly CatalogObject[],
  recorded: readonly string[],
  order: readonly string[] = replay.migrations.map(({ id }) => id),
): Evidence {
  const same = (_kind: unknown, _part: unknown, a: string, b: string): boolean => a === b;
  return weigh({ replay, catalog, recorded: new Set(recorded), order, same, owners: [] });
}
