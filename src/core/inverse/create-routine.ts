import type { CatalogObject } from '../catalog.js';
import type { Made } from './made.js';
import { identsOf, keyName, listed, nameOf, unquoted } from './names.js';

/** A function or procedure from its parts. */
export function createRoutine(routine: CatalogObject): Made {
  return { sql: [...unchecked(routine), routineSql(routine, false)] };
}

/** What its body names may stand in a schema that only the migration's search_path had. */
export function unchecked({ parts }: CatalogObject): string[] {
  return isText(parts) ? ['SET LOCAL check_function_bodies = off'] : [];
}

/** A body in SQL's own syntax is kept parsed; any other one is text. */
function isText({ language, body = '' }: CatalogObject['parts']): boolean {
  return language !== 'sql' || !/^(?:BEGIN ATOMIC|RETURN )/.test(body);
}

export function routineSql(routine: CatalogObject, replace: boolean): string {
  const { parts, kind, key } = routine;
  const name = identsOf(nameOf({ key })).join('.');
  const flag = (part: string, word: string): string[] => (parts[part] === 'true' ? [word] : []);
  const body = parts['body'] ?? '';
  const source =
    parts['library'] === undefined
      ? `AS ${dollars(body)}`
      : `AS '${parts['library'].replaceAll("'", "''")}', '${body.replaceAll("'", "''")}'`;
  return [
    `CREATE ${replace ? 'OR REPLACE ' : ''}${keyName(key).noun} ${name}(${parts['arguments'] ?? ''})`,
    ...(kind === 'procedure' || parts['returns'] === undefined
      ? []
      : [`RETURNS ${parts['returns']}`]),
    `LANGUAGE ${parts['language'] ?? ''}`,
    ...(parts['transforms'] === undefined
      ? []
      : [
          `TRANSFORM ${parts['transforms']
            .split(', ')
            .map((type) => `FOR TYPE ${type}`)
            .join(', ')}`,
        ]),
    ...flag('window', 'WINDOW'),
    ...(kind === 'procedure' ? [] : [(parts['volatility'] ?? 'volatile').toUpperCase()]),
    ...flag('leakproof', 'LEAKPROOF'),
    ...flag('strict', 'STRICT'),
    ...flag('security definer', 'SECURITY DEFINER'),
    ...(kind === 'procedure' || parts['parallel'] === undefined
      ? []
      : [`PARALLEL ${parts['parallel'].toUpperCase()}`]),
    ...(parts['cost'] === undefined ? [] : [`COST ${parts['cost']}`]),
    ...(parts['rows'] === undefined || parts['rows'] === '0' ? [] : [`ROWS ${parts['rows']}`]),
    ...(parts['support'] === undefined
      ? []
      : [`SUPPORT ${parts['support'].replace(/\(.*\)$/s, '')}`]),
    ...settings(parts['settings'] ?? ''),
    isText(parts) ? source : body,
  ].join('\n');
}

/** Quoted by a tag that the body does not have. */
function dollars(body: string): string {
  let tag = '$body$';
  for (let number = 1; body.includes(tag) || `${body}$`.includes(tag); number++)
    tag = `$body${number}$`;
  return `${tag}${body}${tag}`;
}

/** Lists whose elements PostgreSQL keeps quoted one by one. */
const LISTS = new Set([
  'search_path',
  'temp_tablespaces',
  'session_preload_libraries',
  'shared_preload_libraries',
  'local_preload_libraries',
]);

function settings(text: string): string[] {
  if (text === '') return [];
  return text.split(/, (?=[\w.]+=)/).map((setting) => {
    const at = setting.indexOf('=');
    const [name, value] = [setting.slice(0, at), setting.slice(at + 1)];
    const literal = (one: string): string => `'${one.replaceAll("'", "''")}'`;
    const items = LISTS.has(name) ? listed(value).map(unquoted) : [value];
    return `SET ${name} TO ${items.length === 0 ? "''" : items.map(literal).join(', ')}`;
  });
}
