import type { Diagnosis } from '../diagnosis.js';
import type { Demands, RelationName } from '../sql.js';

/** What the names in a migration's text mean on the live database. */
export interface Names {
  /** With its schema, where that can be known: the live search_path decides, and not the text. */
  resolve(relation: RelationName): RelationName;
  /** "column public.media.owner", as the catalog has it. */
  columnKey(relation: RelationName, column: string): string;
}

/** By the live catalog, and for what is not there yet by what the migration made in the replay. */
export function namesIn({ facts: { schema } }: Diagnosis, id: string): Names {
  if (schema.state !== 'read') return namesOver([], [], []);
  const { catalog, replay, searchPath } = schema;
  const statements = replay.migrations.find((one) => one.id === id)?.statements ?? [];
  const made = statements.flatMap(({ changes }) =>
    changes.map((change) => (change.type === 'set' ? change.object.key : change.key)),
  );
  const live = catalog.map(({ key }) => key);
  return namesOver(partsOf(searchPath, /"(?:[^"]|"")*"|[^",\s]+/g), live, made);
}

function namesOver(
  path: readonly string[],
  live: readonly string[],
  made: readonly string[],
): Names {
  const spacesOf = (keys: readonly string[], table: string): readonly string[] => {
    const names = keys.flatMap((key) => (RELATION.test(key) ? [namesOf(key)] : []));
    return path.filter((space) => names.some(([one, name]) => one === space && name === table));
  };
  return {
    resolve(relation) {
      if (relation.schema !== null) return relation;
      const [space] = [...spacesOf(live, relation.name), ...spacesOf(made, relation.name)];
      return space === undefined ? relation : { ...relation, schema: space };
    },
    columnKey({ schema, name }, column) {
      const names = [...(schema === null ? [] : [schema]), name, column];
      const found = [...live, ...made].find(
        (key) => key.startsWith('column ') && namesOf(key).join('\0') === names.join('\0'),
      );
      return found ?? `column ${names.map(asPrinted).join('.')}`;
    },
  };
}

/** The same demands, of the tables that are meant. */
export function resolved(demands: Demands, { resolve }: Names): Demands {
  const { relation, creates, foreignKeys } = demands;
  return {
    ...demands,
    relation: relation && resolve(relation),
    creates: creates && resolve(creates),
    foreignKeys: foreignKeys.map((key) => ({ ...key, target: resolve(key.target) })),
  };
}

const RELATION = /^(?:table|foreign table|view|materialized view) /;

/** The names in the key of a relation or column, without quotes. */
function namesOf(key: string): readonly string[] {
  const name = key.replace(RELATION, '').replace(/^column /, '');
  return partsOf(name, /"(?:[^"]|"")+"|[^.]+/g);
}

function partsOf(text: string, part: RegExp): readonly string[] {
  return (text.match(part) ?? []).map((one) =>
    one.startsWith('"') ? one.slice(1, -1).replaceAll('""', '"') : one,
  );
}

/** As quote_ident() prints what is no keyword. */
function asPrinted(name: string): string {
  return /^[a-z_][a-z0-9_]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`;
}
