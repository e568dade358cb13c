import type { CatalogObject } from '../core/catalog.js';
import type { Check, ExpectedObject } from '../core/plan.js';
import { quoteLiteral } from '../core/tool.js';
import { catalogSql } from './catalog/sql.js';
import type { TextRow, WriteSession } from './write-session.js';

type SchemaCheck = Extract<Check, { type: 'schema' }>;

/**
 * As the catalog is read: names with their schema. And as sql.ts wants it for a few objects: the
 * whole catalog is not looked through for them.
 */
const settings = {
  search_path: 'pg_catalog, pg_temp',
  jit: 'off',
  enable_seqscan: 'off',
  enable_hashjoin: 'off',
  enable_mergejoin: 'off',
};

/**
 * What of the schema is not as the check has it, in words; null when all is. In the session's own
 * transaction, whose settings are as before when it ends.
 * @throws what the connection throws
 */
export async function schemaBroken(
  check: SchemaCheck,
  rows: WriteSession['rows'],
): Promise<string | null> {
  if (check.objects.length === 0) return null;
  const found = await objectsNow(
    check.objects.map(({ key }) => key),
    rows,
  );
  const broken = check.objects.flatMap((one) => differenceOf(one, found.get(one.key)) ?? []);
  if (broken.length === 0) return null;
  const more = broken.length > 4 ? ` and ${broken.length - 4} more` : '';
  return `"${check.title}" does not hold: ${broken.slice(0, 4).join('; ')}${more}`;
}

async function objectsNow(
  keys: readonly string[],
  rows: WriteSession['rows'],
): Promise<ReadonlyMap<string, CatalogObject['parts']>> {
  const names = Object.keys(settings);
  const [now = []] = await rows(
    `SELECT pg_catalog.current_setting('server_version_num'), ${names.map((name) => `pg_catalog.current_setting('${name}')`).join(', ')}`,
  );
  const before = Object.fromEntries(names.map((name, index) => [name, now[index + 1] ?? '']));
  // One message, so that outside a transaction too the settings are those of one.
  const found: readonly TextRow[] = await rows(
    `${set(settings)};
SELECT key, parts::text FROM (${catalogSql({ named: keys }, Number(now[0]))}) AS found
WHERE key = ANY (ARRAY[${keys.map(quoteLiteral).join(', ')}]::text[]);
${set(before)}`,
  );
  return new Map(
    found.map(([key, parts]) => [
      key ?? '',
      JSON.parse(parts ?? '{}') as Readonly<Record<string, string>>,
    ]),
  );
}

/** Gives no row. */
function set(values: Readonly<Record<string, string>>): string {
  const each = Object.entries(values).map(
    ([name, value]) => `pg_catalog.set_config('${name}', ${quoteLiteral(value)}, true) IS NULL`,
  );
  return `SELECT 1 WHERE ${each.join(' OR ')}`;
}

function differenceOf(
  expected: ExpectedObject,
  found: CatalogObject['parts'] | undefined,
): string | null {
  const { key, is } = expected;
  if (is === 'missing') return found === undefined ? null : `${key} is there`;
  if (found === undefined) return `${key} is not there`;
  const names = Object.keys(is === 'unchanged' ? { ...expected.parts, ...found } : expected.parts);
  const other = names.find((name) => expected.parts[name] !== found[name]);
  if (other === undefined) return null;
  return `${key} has ${other} ${shown(found[other])}, not ${shown(expected.parts[other])}`;
}

function shown(text: string | undefined): string {
  if (text === undefined) return 'nothing';
  return text.length > 80 ? `${text.slice(0, 80)}...` : text;
}
