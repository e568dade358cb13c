import type { CatalogObject } from '../catalog.js';
import { identsOf, keyName, outsideQuotes, ownName, relationOf } from './names.js';
import { isOfDomain } from './order.js';
import type { Catalog } from './states.js';

/** "grant SELECT on table public.users to anon" taken apart. */
interface Right {
  readonly privilege: string;
  /** Key of what it is on; a column of a view has none of its own in the catalog. */
  readonly on: string;
  /** As SQL has it: quoted where needed, "public" for all. */
  readonly role: string;
  readonly option: boolean;
  /** The right that everybody has was taken: there without being granted. */
  readonly revoked: boolean;
}

const ALL = ['DELETE', 'INSERT', 'REFERENCES', 'SELECT', 'TRIGGER', 'TRUNCATE', 'UPDATE'];

function rightOf({ key, parts }: CatalogObject): Right {
  const revoked = key.startsWith('revoke ');
  const rest = key.slice(revoked ? 'revoke '.length : 'grant '.length);
  const on = rest.indexOf(' on ');
  const to = outsideQuotes(rest, revoked ? ' from ' : ' to ', true);
  return {
    privilege: rest.slice(0, on),
    on: rest.slice(on + ' on '.length, to),
    role: rest.slice(to + (revoked ? ' from ' : ' to ').length),
    option: parts['with grant option'] === 'true',
    revoked,
  };
}

/** "(email) ON TABLE public.users", "ON FUNCTION public.f(integer)". */
function target(on: string): { readonly columns: string; readonly object: string } {
  const { noun, name } = keyName(on);
  if (noun === 'COLUMN')
    return { columns: ` (${ownName({ key: on })})`, object: `TABLE ${relationOf({ key: on })}` };
  if (/^(?:MATERIALIZED VIEW|VIEW|FOREIGN TABLE)$/.test(noun))
    return { columns: '', object: `TABLE ${name}` };
  if (noun === 'AGGREGATE') return { columns: '', object: `FUNCTION ${name}` };
  return { columns: '', object: `${noun} ${name}` };
}

/** Leads from the rights on objects that stay to those that were there; also for new objects, whose rights are `now`. */
export function regrant(now: readonly CatalogObject[], prior: readonly CatalogObject[]): string[] {
  const [from, to] = [now.map(rightOf), prior.map(rightOf)];
  const places = new Map([...from, ...to].map(({ on, role }) => [`${on}\n${role}`, { on, role }]));
  const sorted = [...places.values()].sort(
    (a, b) => Number(a.on.startsWith('column ')) - Number(b.on.startsWith('column ')),
  );
  return sorted.flatMap(({ on, role }) => {
    const here = (right: Right): boolean => right.on === on && right.role === role;
    return between(on, role, from.filter(here), to.filter(here));
  });
}

function between(on: string, role: string, from: readonly Right[], to: readonly Right[]): string[] {
  const { columns, object } = target(on);
  const grant = (names: string, option: boolean): string =>
    `GRANT ${names}${columns} ON ${object} TO ${role}${option ? ' WITH GRANT OPTION' : ''}`;
  const revoke = (names: string): string => `REVOKE ${names}${columns} ON ${object} FROM ${role}`;
  const sql: string[] = [];
  for (const { privilege } of from.filter(
    ({ revoked }) => revoked && !to.some((one) => one.revoked),
  ))
    sql.push(grant(privilege, false));
  for (const { privilege } of to.filter(
    ({ revoked }) => revoked && !from.some((one) => one.revoked),
  ))
    sql.push(revoke(privilege));
  const [had, wanted] = [from, to].map((rights) => rights.filter(({ revoked }) => !revoked)) as [
    Right[],
    Right[],
  ];
  const names = (rights: readonly Right[]): string =>
    rights.map(({ privilege }) => `${privilege}${columns}`).join(', ');
  const same = (a: Right) => (b: Right) => a.privilege === b.privilege && a.option === b.option;
  if (had.length === wanted.length && had.every((one) => wanted.some(same(one)))) return sql;
  // What is left of all rights is told with MAINTAIN from 17 on, which only ALL can name before.
  const isAll = (rights: readonly Right[]): boolean =>
    columns === '' && ALL.every((name) => rights.some(({ privilege }) => privilege === name));
  const leaves = had.filter((one) => !wanted.some(({ privilege }) => privilege === one.privilege));
  const weaker = had.filter(
    (one) =>
      one.option && wanted.some((other) => other.privilege === one.privilege && !other.option),
  );
  if (isAll(wanted)) {
    return [
      ...sql,
      ...(weaker.length > 0
        ? [`REVOKE GRANT OPTION FOR ALL PRIVILEGES ON ${object} FROM ${role}`]
        : []),
      ...allOf(wanted, object, role),
    ];
  }
  const anew = isAll(had) && (leaves.length > 0 || weaker.length > 0);
  if (anew || (wanted.length === 0 && had.length > 0))
    sql.push(`REVOKE ALL PRIVILEGES${columns} ON ${object} FROM ${role}`);
  else {
    if (leaves.length > 0) sql.push(`REVOKE ${names(leaves)} ON ${object} FROM ${role}`);
    if (weaker.length > 0)
      sql.push(`REVOKE GRANT OPTION FOR ${names(weaker)} ON ${object} FROM ${role}`);
  }
  const left = anew ? [] : had;
  const lacks = wanted.filter(
    (one) =>
      !left.some((other) => other.privilege === one.privilege && (other.option || !one.option)),
  );
  for (const option of [false, true]) {
    const some = lacks.filter((one) => one.option === option);
    if (some.length > 0)
      sql.push(`GRANT ${names(some)} ON ${object} TO ${role}${option ? ' WITH GRANT OPTION' : ''}`);
  }
  return sql;
}

function allOf(wanted: readonly Right[], object: string, role: string): string[] {
  const withOption = wanted.filter(({ option }) => option).map(({ privilege }) => privilege);
  const every = withOption.length >= ALL.length;
  return [
    `GRANT ALL PRIVILEGES ON ${object} TO ${role}${every ? ' WITH GRANT OPTION' : ''}`,
    ...(every || withOption.length === 0
      ? []
      : [`GRANT ${withOption.join(', ')} ON ${object} TO ${role} WITH GRANT OPTION`]),
  ];
}

/** Rights on columns of a relation go when rights on the relation are taken: they have to be given again. */
export function touchesColumns(grants: readonly CatalogObject[]): ReadonlySet<string> {
  return new Set(
    grants.flatMap((one) => {
      const { on, role } = rightOf(one);
      const { noun, name } = keyName(on);
      return ['TABLE', 'VIEW', 'MATERIALIZED VIEW', 'FOREIGN TABLE'].includes(noun)
        ? [`${name}\n${role}`]
        : [];
    }),
  );
}

/** "public.users\nanon", of a right on a column. */
export function columnPlace(grant: CatalogObject): string | null {
  const { on, role } = rightOf(grant);
  return on.startsWith('column ') ? `${relationOf({ key: on })}\n${role}` : null;
}

/** COMMENT ON ... IS; null takes it away. */
export function commentSql(comment: CatalogObject, text: string | null, catalog: Catalog): string {
  const on = comment.key.slice('comment on '.length);
  const { noun, name } = keyName(on);
  const literal = text === null ? 'NULL' : `'${text.replaceAll("'", "''")}'`;
  const of = catalog.get(on);
  if (noun === 'CONSTRAINT') {
    const domain = of !== undefined && isOfDomain(of) ? 'DOMAIN ' : '';
    return `COMMENT ON CONSTRAINT ${ownName({ key: on })} ON ${domain}${relationOf({ key: on })} IS ${literal}`;
  }
  if (/^(?:TRIGGER|POLICY|RULE)$/.test(noun)) {
    return `COMMENT ON ${noun} ${ownName({ key: on })} ON ${relationOf({ key: on })} IS ${literal}`;
  }
  if (noun === 'AGGREGATE' && name.endsWith('()'))
    return `COMMENT ON AGGREGATE ${name.slice(0, -2)}(*) IS ${literal}`;
  return `COMMENT ON ${noun} ${name} IS ${literal}`;
}

/** What a new object would get from the default privileges of that time, and has to lose again. */
export function unlikeDefault(object: CatalogObject, prior: Catalog): string[] {
  const things: Readonly<Record<string, string>> = {
    table: 'tables',
    view: 'tables',
    'materialized view': 'tables',
    'foreign table': 'tables',
    sequence: 'sequences',
    function: 'functions',
    procedure: 'functions',
    aggregate: 'functions',
    enum: 'types',
    domain: 'types',
    type: 'types',
    schema: 'schemas',
  };
  const kind = things[object.kind];
  if (kind === undefined) return [];
  const { object: name } = target(object.key);
  const sql = new Set<string>();
  for (const { key, kind: other } of prior.values()) {
    if (other !== 'default privilege') continue;
    const { on, schema, role, without, privilege } = defaultOf(key);
    if (on !== kind || (schema !== null && schema !== identsOf(keyName(object.key).name)[0]))
      continue;
    if (!without) sql.add(`REVOKE ALL PRIVILEGES ON ${name} FROM ${role}`);
    else if (!prior.has(`revoke ${privilege} on ${object.key} from public`))
      sql.add(`GRANT ${privilege} ON ${name} TO public`);
  }
  return [...sql];
}

interface Default {
  readonly privilege: string;
  readonly on: string;
  readonly schema: string | null;
  readonly of: string | null;
  readonly role: string;
  readonly without: boolean;
}

const DEFAULT =
  /^default privilege (without )?(\w+) on (tables|sequences|functions|types|schemas|large objects)(?: in schema ("(?:[^"]|"")*"|[^" ]+))?(?: of role ("(?:[^"]|"")*"|[^" ]+))? to (.*)$/s;

function defaultOf(key: string): Default {
  const found = DEFAULT.exec(key);
  return {
    without: found?.[1] !== undefined,
    privilege: found?.[2] ?? '',
    on: found?.[3] ?? '',
    schema: found?.[4] ?? null,
    of: found?.[5] ?? null,
    role: found?.[6] ?? '',
  };
}

/** ALTER DEFAULT PRIVILEGES that gives (or takes) what the object says. */
export function defaultSql({ key, parts }: CatalogObject, give: boolean): string {
  const { privilege, on, schema, of, role, without } = defaultOf(key);
  const option = parts['with grant option'] === 'true' && give ? ' WITH GRANT OPTION' : '';
  const place = `${of === null ? '' : ` FOR ROLE ${of}`}${schema === null ? '' : ` IN SCHEMA ${schema}`}`;
  const grants = give !== without;
  return `ALTER DEFAULT PRIVILEGES${place} ${grants ? 'GRANT' : 'REVOKE'} ${privilege} ON ${on.toUpperCase()} ${grants ? 'TO' : 'FROM'} ${role}${option}`;
}
