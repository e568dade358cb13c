import type { Maker } from './make-tables.js';
import {
  type Column,
  type Fn,
  forgetView,
  fresh,
  ident,
  named,
  quoted,
  remove,
  someSchema,
  type Table,
  type View,
  type World,
} from './model.js';

export const roles = ['pgmedic_reader', 'pgmedic_writer'] as const;

function selectOf(
  world: World,
  source: Table | View,
  columns: readonly Column[],
  extra = '',
): string {
  const list = columns.map(({ name }) => ident(world, name)).join(', ');
  return `SELECT ${list === '' ? '1 AS one' : list}${extra} FROM ${named(world, source)}`;
}

/** json has no equality, and a whole-row view is of no use here. */
function viewable(table: Table): Column[] {
  return table.columns.filter(({ type }) => type.sql !== 'json');
}

const createView: Maker = (world) => {
  const { dice } = world;
  const table = dice.maybe(world.tables);
  if (table === null) return null;
  const columns = dice.some(viewable(table), 3);
  const materialized = dice.chance(35);
  const view: View = {
    schema: someSchema(world),
    name: fresh(world, 'view'),
    materialized,
    columns,
    sources: [table],
  };
  const by = dice.maybe(columns);
  const where = by !== null && dice.chance(50) ? ` WHERE ${ident(world, by.name)} IS NOT NULL` : '';
  world.views.push(view);
  const body = selectOf(world, table, columns, dice.chance(30) ? ', now() AS seen_at' : '') + where;
  const word = materialized ? 'MATERIALIZED VIEW' : dice.chance(20) ? 'OR REPLACE VIEW' : 'VIEW';
  const end = materialized && dice.chance(30) ? ' WITH NO DATA' : '';
  const invoker = !materialized && world.server >= 15 && dice.chance(20);
  const options = invoker ? ' WITH (security_invoker = true)' : '';
  return [`CREATE ${word} ${named(world, view)}${options} AS (${body})${end}`];
};

const viewOnView: Maker = (world) => {
  const { dice } = world;
  const source = dice.maybe(world.views.filter(({ sources }) => sources.length === 1));
  if (source === null || source.columns.length === 0) return null;
  const view: View = {
    schema: someSchema(world),
    name: fresh(world, 'over'),
    materialized: false,
    // What the base may not lose; the names are the source's own, as it was made.
    columns: [...source.columns],
    sources: [source, ...source.sources],
  };
  world.views.push(view);
  return [
    `CREATE VIEW ${named(world, view)} AS SELECT count(*) AS total FROM ${named(world, source)}`,
  ];
};

const word = ({ materialized }: View): string => (materialized ? 'MATERIALIZED VIEW' : 'VIEW');

const changeView: Maker = (world) => {
  const { dice } = world;
  const view = dice.maybe(world.views);
  if (view === null) return null;
  const name = named(world, view);
  const beneath = world.views.some(({ sources }) => sources.includes(view));
  if (dice.chance(30)) {
    view.name = fresh(world, 'renamed');
    return [`ALTER ${word(view)} ${name} RENAME TO ${ident(world, view.name)}`];
  }
  if (view.materialized && dice.chance(40)) return [`REFRESH MATERIALIZED VIEW ${name}`];
  const table = dice.maybe(world.tables);
  if (dice.chance(50) || table === null || view.sources.length > 1) {
    const end = beneath ? ' CASCADE' : '';
    forgetView(world, view);
    return [`DROP ${word(view)} ${name}${end}`];
  }
  if (beneath) return null;
  // Gone and made anew, of another table: what drizzle-kit does with a changed view.
  const drop = `DROP ${word(view)} ${name}`;
  view.sources = [table];
  view.columns = dice.some(viewable(table), 2);
  return [drop, `CREATE ${word(view)} ${name} AS ${selectOf(world, table, view.columns)}`];
};

const viewIndex: Maker = (world) => {
  const view = world.dice.maybe(world.views.filter(({ materialized }) => materialized));
  if (view === null) return null;
  const name = fresh(world, 'midx');
  return [`CREATE INDEX ${quoted(name)} ON ${named(world, view)} ((1))`];
};

function bodyOf(world: World, { type, returns }: Fn): string {
  const number = ++world.counter;
  switch (type) {
    case 'trigger':
      return `LANGUAGE plpgsql AS $body$\nBEGIN\n  -- call ${number}; nothing else\n  RETURN NEW;\nEND;\n$body$`;
    case 'plpgsql':
      return `LANGUAGE plpgsql STABLE AS $$ BEGIN RETURN ${returns === 'integer' ? number : `'n ${number}; done'`}; END $$`;
    case 'procedure':
      return `LANGUAGE plpgsql AS $$ BEGIN PERFORM ${number}; END $$`;
    default:
      return `LANGUAGE sql IMMUTABLE AS $$ SELECT ${returns === 'integer' ? number : `'n ${number}'::text`} $$`;
  }
}

function functionSql(world: World, fn: Fn, replace: boolean): string {
  const head = `CREATE ${replace ? 'OR REPLACE ' : ''}${fn.type === 'procedure' ? 'PROCEDURE' : 'FUNCTION'} ${named(world, fn)}(${fn.args})`;
  const returns = fn.type === 'procedure' ? '' : ` RETURNS ${fn.returns}`;
  return `${head}${returns} ${bodyOf(world, fn)}`;
}

const createFunction: Maker = (world) => {
  const { dice } = world;
  const type = dice.pick(['trigger', 'trigger', 'sql', 'plpgsql', 'procedure'] as const);
  const fn: Fn = {
    schema: someSchema(world),
    name: fresh(world, 'fn'),
    type,
    args: type === 'trigger' ? '' : dice.pick(['', 'a integer', "a text, b text DEFAULT 'x'"]),
    returns: type === 'trigger' ? 'trigger' : dice.pick(['integer', 'text']),
  };
  world.functions.push(fn);
  return [functionSql(world, fn, dice.chance(40))];
};

const callName = (world: World, fn: Fn): string =>
  `${named(world, fn)}(${fn.args.replace(/ DEFAULT '[^']*'/, '').replaceAll(/\b[ab] /g, '')})`;

const routine = ({ type }: Fn): string => (type === 'procedure' ? 'PROCEDURE' : 'FUNCTION');

const changeFunction: Maker = (world) => {
  const { dice } = world;
  const fn = dice.maybe(world.functions);
  if (fn === null) return null;
  if (dice.chance(45)) return [functionSql(world, fn, true)];
  const before = callName(world, fn);
  const used = world.tables.some(({ triggers }) => triggers.some((trigger) => trigger.fn === fn));
  if (dice.chance(40) || used) {
    fn.name = fresh(world, 'renamed');
    return [`ALTER ${routine(fn)} ${before} RENAME TO ${ident(world, fn.name)}`];
  }
  remove(world.functions, (other) => other === fn);
  return [`DROP ${routine(fn)} ${dice.chance(30) ? 'IF EXISTS ' : ''}${before}`];
};

const createTrigger: Maker = (world) => {
  const { dice } = world;
  const table = dice.maybe(world.tables);
  const fn = dice.maybe(world.functions.filter(({ type }) => type === 'trigger'));
  if (table === null || fn === null) return null;
  const name = fresh(world, 'trg');
  const plain = table.columns.filter(
    ({ generated, type }) => generated === null && type.sql !== 'json',
  );
  const of = dice.chance(30) ? dice.maybe(plain) : null;
  const when = dice.chance(30) ? dice.maybe(plain) : null;
  table.triggers.push({ name, fn, columns: [of, when].filter((column) => column !== null) });
  const event =
    of === null
      ? dice.pick(['UPDATE', 'INSERT', 'INSERT OR UPDATE'])
      : `UPDATE OF ${ident(world, of.name)}`;
  const rest = when === null ? '' : ` WHEN (NEW.${ident(world, when.name)} IS NOT NULL)`;
  return [
    `CREATE TRIGGER ${quoted(name)} ${dice.pick(['BEFORE', 'AFTER'])} ${event} ON ${named(world, table)} FOR EACH ROW${rest} EXECUTE FUNCTION ${named(world, fn)}()`,
  ];
};

const changeTrigger: Maker = (world) => {
  const { dice } = world;
  const table = dice.maybe(world.tables.filter(({ triggers }) => triggers.length > 0));
  const trigger = dice.maybe(table?.triggers ?? []);
  if (table === null || trigger === null) return null;
  const before = quoted(trigger.name);
  const on = named(world, table);
  if (dice.chance(35)) {
    trigger.name = fresh(world, 'renamed');
    return [`ALTER TRIGGER ${before} ON ${on} RENAME TO ${quoted(trigger.name)}`];
  }
  if (dice.chance(50))
    return [
      `ALTER TABLE ${on} ${dice.pick(['DISABLE', 'ENABLE', 'ENABLE ALWAYS'])} TRIGGER ${before}`,
    ];
  table.triggers = table.triggers.filter((other) => other !== trigger);
  return [`DROP TRIGGER ${before} ON ${on}`];
};

const security: Maker = (world) => {
  const { dice } = world;
  const table = dice.maybe(world.tables);
  if (table === null) return null;
  const alter = `ALTER TABLE ${named(world, table)}`;
  if (dice.chance(30)) {
    table.forced = !table.forced;
    return [`${alter} ${table.forced ? 'FORCE' : 'NO FORCE'} ROW LEVEL SECURITY`];
  }
  table.security = !table.security;
  return [`${alter} ${table.security ? 'ENABLE' : 'DISABLE'} ROW LEVEL SECURITY`];
};

const createPolicy: Maker = (world) => {
  const { dice } = world;
  const table = dice.maybe(world.tables);
  const column = dice.maybe(table?.columns ?? []);
  if (table === null || column === null) return null;
  const name = fresh(world, 'policy');
  const command = dice.pick(['ALL', 'SELECT', 'INSERT', 'UPDATE']);
  const rule = `(${ident(world, column.name)} IS NOT NULL)`;
  const rules =
    command === 'INSERT'
      ? `WITH CHECK ${rule}`
      : `USING ${rule}${command !== 'SELECT' && dice.chance(40) ? ' WITH CHECK (true)' : ''}`;
  table.policies.push({ name, columns: [column], command });
  return [
    `CREATE POLICY ${quoted(name)} ON ${named(world, table)} AS ${dice.pick(['PERMISSIVE', 'RESTRICTIVE'])} FOR ${command} TO ${dice.pick(['public', ...roles])} ${rules}`,
  ];
};

const changePolicy: Maker = (world) => {
  const { dice } = world;
  const table = dice.maybe(world.tables.filter(({ policies }) => policies.length > 0));
  const policy = dice.maybe(table?.policies ?? []);
  if (table === null || policy === null) return null;
  const on = `${quoted(policy.name)} ON ${named(world, table)}`;
  if (dice.chance(35)) {
    policy.name = fresh(world, 'renamed');
    return [`ALTER POLICY ${on} RENAME TO ${quoted(policy.name)}`];
  }
  if (dice.chance(50)) {
    policy.columns = [];
    return [
      `ALTER POLICY ${on} TO ${dice.pick(roles)} ${policy.command === 'INSERT' ? 'WITH CHECK' : 'USING'} (false)`,
    ];
  }
  table.policies = table.policies.filter((other) => other !== policy);
  return [`DROP POLICY ${on}`];
};

export const codeMakers: Readonly<Record<string, Maker>> = {
  createView,
  viewOnView,
  changeView,
  viewIndex,
  createFunction,
  changeFunction,
  createTrigger,
  changeTrigger,
  security,
  createPolicy,
  changePolicy,
};

export { callName, routine };
