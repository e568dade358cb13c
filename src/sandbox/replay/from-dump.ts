import type { SqlParser } from '../../core/sql.js';
import { quoteIdent } from '../../core/tool.js';
import type { Bench } from './bench.js';
import { type DumpIndex, type DumpStatement, indexDump } from './dump-index.js';
import { makeExtensions } from './extensions.js';
import type { Additions } from './knowledge.js';
import { makeRole } from './live-role.js';
import { liveHas, placeOf, qualifiedName } from './live-names.js';
import { type Missing, missingIn } from './missing.js';
import { fieldOf, itemsOf, textOf } from './tree.js';

const indexes = new WeakMap<Bench, DumpIndex>();

/**
 * Makes a relation, type or function as the live database has it, without what migrations add to
 * it later, and whatever it needs itself. Gives the sentence that says so; null where the live
 * database does not have it, or a migration makes it.
 */
export async function makeFromDump(
  missing: Missing,
  bench: Bench,
  parser: SqlParser,
): Promise<string | null> {
  const { kind, schema, knowledge, live } = { ...missing, ...bench };
  const name = qualifiedName(missing, schema, knowledge, live);
  if (knowledge.makes(kind, name)) return null;
  const liveName = kind === 'relation' ? knowledge.laterName(name) : name;
  bench.ask({ kind, name: liveName });
  // Asking for the dump is dear: not for what the catalog does not have.
  if (!liveHas(live, kind, liveName)) return null;
  const index = indexes.get(bench) ?? indexDump(parser, await live.schemaDump());
  indexes.set(bench, index);
  const made: string[] = [];
  const ok = await make(`${kind} ${liveName}`, { bench, index, parser, made, under: new Set() });
  if (!ok) return null;
  if (liveName !== name) await renameBack(liveName, name, bench);
  return `${made.join(', ')} as the live database has ${made.length > 1 ? 'them' : 'it'}: no migration makes ${made.length > 1 ? 'them' : 'it'}`;
}

interface Making {
  readonly bench: Bench;
  readonly index: DumpIndex;
  readonly parser: SqlParser;
  readonly made: string[];
  /** What is being made already: tables may need one another. */
  readonly under: Set<string>;
}

async function make(key: string, making: Making): Promise<boolean> {
  const { bench, index, made, under } = making;
  const creators = index.makes.get(key);
  if (creators === undefined || under.has(key)) return false;
  under.add(key);
  const relation = key.replace(/^relation /, '');
  const additions = bench.knowledge.additionsTo(relation);
  let any = false;
  for (const creator of creators) {
    any = (await runWithNeeds(withoutAdded(creator, additions), making)) || any;
  }
  if (!any) return false;
  made.push(key.replace(/^relation/, 'table'));
  for (const statement of index.on.get(key) ?? []) {
    if (belongsToBase(statement, additions)) await runWithNeeds(statement.text, making);
  }
  for (const sql of undone(placeOf(relation, bench.live), additions)) await bench.run(sql);
  return true;
}

/** Runs a statement of the dump, making first what it misses and no migration makes. */
async function runWithNeeds(text: string, making: Making): Promise<boolean> {
  const { bench } = making;
  const seen = new Set<string>();
  for (;;) {
    const refusal = await bench.run(text);
    // It came with something else, or with an earlier preparation.
    if (refusal === null || /^(?:42P07|42710|42723|42P06)$/.test(refusal.sqlstate)) return true;
    const missing = missingIn(refusal);
    if (missing === null || seen.has(refusal.message)) return false;
    seen.add(refusal.message);
    if (!(await makeNeed(missing, making))) return false;
  }
}

async function makeNeed({ kind, name }: Missing, making: Making): Promise<boolean> {
  const { knowledge, schema, live, run, ask } = making.bench;
  const bare = kind === 'role' || kind === 'schema';
  const full = bare ? name : qualifiedName({ kind, name }, schema, knowledge, live);
  ask({ kind, name: full });
  if (kind === 'role') {
    return makeRole(name, making.bench);
  }
  if (kind === 'schema') {
    if (knowledge.makes('schema', name)) return false;
    return (await run(`CREATE SCHEMA ${quoteIdent(name)}`)) === null;
  }
  if (knowledge.makes(kind, full)) return false;
  return (await make(`${kind} ${full}`, making)) || (await makeExtensions(making.bench)) !== null;
}

/** CREATE TABLE without the columns and checks that migrations add; pg_dump writes one a line. */
function withoutAdded({ text, tree }: DumpStatement, { columns, others }: Additions): string {
  if (tree.type !== 'CreateStmt') return text;
  const kept = text.split('\n').filter((line) => {
    const [, constraint, quoted, bare] =
      /^ {4}(CONSTRAINT )?(?:"((?:[^"]|"")+)"|([a-z_][\w$]*)) /.exec(line) ?? [];
    const name = quoted?.replaceAll('""', '"') ?? bare;
    return name === undefined || !(constraint === undefined ? columns : others).has(name);
  });
  // The last of the list has no comma.
  return kept.join('\n').replace(/,(\s*\n\))/, '$1');
}

/** Not what a migration adds by name, nor who owns it. */
function belongsToBase({ tree }: DumpStatement, additions: Additions): boolean {
  const { type, node } = tree;
  const names = ['idxname', 'trigname', 'policy_name', 'rulename'].map((field) =>
    textOf(node, field),
  );
  if (names.some((name) => name !== undefined && additions.others.has(name))) return false;
  if (type !== 'AlterTableStmt') return true;
  return itemsOf(node['cmds']).every(({ node: command }) => {
    const subtype = textOf(command, 'subtype') ?? '';
    const constraint = textOf(fieldOf(fieldOf(command, 'def'), 'Constraint'), 'conname');
    if (constraint !== undefined && additions.others.has(constraint)) return false;
    if (additions.columns.has(textOf(command, 'name') ?? '')) return false;
    if (subtype === 'AT_EnableRowSecurity') return !additions.rowSecurity;
    return subtype !== 'AT_ChangeOwner';
  });
}

/** What migrations do to columns of the base is taken back: it is theirs to do. */
function undone(place: readonly string[], additions: Additions): string[] {
  const table = place.map(quoteIdent).join('.');
  const column = (name: string): string => `ALTER TABLE ${table} ALTER COLUMN ${quoteIdent(name)}`;
  return [
    ...[...additions.notNull].map(
      ([name, sets]) => `${column(name)} ${sets ? 'DROP' : 'SET'} NOT NULL`,
    ),
    ...[...additions.defaults]
      .filter(([, sets]) => sets)
      .map(([name]) => `${column(name)} DROP DEFAULT`),
    ...[...additions.renamed].map(
      ([now, before]) =>
        `ALTER TABLE ${table} RENAME COLUMN ${quoteIdent(now)} TO ${quoteIdent(before)}`,
    ),
  ];
}

async function renameBack(now: string, before: string, { run, live }: Bench): Promise<void> {
  const [nowSchema, nowName] = placeOf(now, live);
  const [schema, name] = placeOf(before, live);
  const table = (in_: string, of: string): string => `${quoteIdent(in_)}.${quoteIdent(of)}`;
  if (nowName !== name) {
    await run(`ALTER TABLE ${table(nowSchema, nowName)} RENAME TO ${quoteIdent(name)}`);
  }
  if (nowSchema !== schema) {
    await run(`ALTER TABLE ${table(nowSchema, name)} SET SCHEMA ${quoteIdent(schema)}`);
  }
}
