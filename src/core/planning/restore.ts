import { whyProofDoesNotCount } from '../backup.js';
import type { Undigested } from '../digest.js';
import { planTarget } from '../digest.js';
import { UserError } from '../errors.js';
import type { Check, Statement, Write } from '../plan.js';
import { sqlByHand } from '../report/by-hand.js';
import type { RestoreFacts } from '../restore.js';
import { counted } from '../telling/amounts.js';
import { quoteIdent, quoteLiteral } from '../tool.js';
import type { DraftedStep, StepRequest } from './draft-step.js';
import type { Draft } from './draft.js';
import type { Words } from './history-steps.js';
import { plain } from './history-moves.js';
import { refuseRestore, withoutProof } from './restore-gate.js';
import type { RestoreNames } from './restore-names.js';
import { markOf, restoreNames } from './restore-names.js';
import { carriedOver, createLike } from './restore-sql.js';

/** The answers as they were settled by what was found: the same backup and name at the next look. */
export function pinnedAnswers(
  database: string,
  answers: Readonly<Record<string, string>>,
  facts: RestoreFacts,
): Readonly<Record<string, string>> {
  const { fresh } = restoreNames(database, answers, facts);
  return { ...answers, backup: facts.backup.path, name: fresh };
}

/** A new database beside the live one, with all that is in the backup. The live one is not touched. */
export function restore(request: StepRequest, words: Words): DraftedStep {
  const { facts, names, mark } = groundOf(request);
  refuseRestore(request, facts);
  const { backup, live, maintenance } = facts;
  const { fresh, working } = names;
  if (names.restored) {
    const there = `${fresh} is there already, restored from this very backup to its end; what was written in it since stays in it. Only the rename is left.`;
    return { steps: [], draft: request.draft, warnings: [there] };
  }
  // Only a superuser may set what belongs to another role.
  const settings = live.settings.filter(({ role }) => role === null || facts.role.superuser);
  const write: Write = {
    type: 'restore',
    in: maintenance,
    backup: {
      path: backup.path,
      format: backup.format,
      sha256: backup.sha256,
      manifest: backup.manifest?.sha256 ?? null,
    },
    database: fresh,
    working,
    // The last: who has renamed them meanwhile needs no second copy beside.
    before: [free(fresh), free(working), named(planTarget(request.facts).database, live.oid)],
    create: plain(createLike(live, working)),
    finish: [
      ...carriedOver(live, working, settings),
      `COMMENT ON DATABASE ${quoteIdent(working)} IS ${quoteLiteral(mark).trim()}`,
      renamed(working, fresh),
      oidOf(fresh),
    ].map(plain),
    after: [whole(fresh, mark)],
    undo: {
      type: 'statement',
      in: maintenance,
      before: [whole(fresh, mark), named(fresh, '{{returned:id}}')],
      statement: plain(`DROP DATABASE ${quoteIdent(fresh)}`),
      after: [free(fresh)],
    },
  };
  const text = [words.text, ...aboutBackup(request, facts)].filter((line) => line !== '');
  return {
    steps: [{ kind: 'write', ...words, text: text.join('\n'), risk: 'ddl', write }],
    draft: request.draft,
    warnings: live.settings
      .filter((setting) => !settings.includes(setting))
      .map(
        ({ role, name }) =>
          `The setting ${name} of role ${role} in this database is not carried over: that takes a superuser.`,
      ),
  };
}

/** The rename, or its commands for whoever does it by hand. */
export function renameRestored(request: StepRequest, words: Words): DraftedStep {
  const { facts, names, mark } = groundOf(request);
  const { draft, answers } = request;
  const write = rename(request, facts, names, mark);
  const step: Undigested = { kind: 'write', ...words, risk: 'destructive', write };
  if (answers['swap'] === 'rename') {
    return { steps: [step], draft: afterRename(draft, facts), warnings: [] };
  }
  const text = [
    `Nothing is renamed here. When the new database is what you want, stop what is connected to either, then with psql in the database ${facts.maintenance.database}:`,
    ...sqlByHand({ ...step, digest: '' }).split('\n'),
  ].join('\n');
  return { steps: [{ kind: 'tell', ...words, text, risk: 'none' }], draft, warnings: [] };
}

function rename(
  request: StepRequest,
  { live, maintenance }: RestoreFacts,
  { fresh, aside }: RestoreNames,
  mark: string,
): Extract<Write, { type: 'transaction' }> {
  const { database } = planTarget(request.facts);
  const [now, old] = [quoteIdent(database), quoteIdent(aside)];
  const comment = (text: string): readonly string[] =>
    live.comment === null ? [] : [`COMMENT ON DATABASE ${now} IS ${quoteLiteral(text).trim()}`];
  const isAside = named(aside, live.oid);
  const isNew: Check = {
    type: 'sql',
    title: `${database} is the restored database`,
    sql: `SELECT oid::text <> ${quoteLiteral(live.oid)} FROM pg_catalog.pg_database WHERE datname = ${quoteLiteral(database)}`,
    expect: [['t']],
  };
  const unused = [database, fresh];
  return {
    type: 'transaction',
    in: maintenance,
    unused,
    lock: null,
    before: [named(database, live.oid), whole(fresh, mark), free(aside)],
    statements: [
      renamed(database, aside),
      renamed(fresh, database),
      ...comment(live.comment ?? ''),
      oidOf(database),
    ].map(plain),
    after: [isAside, isNew],
    undo: {
      type: 'sql',
      in: maintenance,
      unused: [database, aside],
      lock: null,
      before: [isAside, named(database, '{{returned:id}}'), free(fresh)],
      statements: [
        ...comment(mark),
        renamed(database, fresh),
        `ALTER DATABASE ${old} RENAME TO ${now}`,
      ].map(plain),
    },
  };
}

/** The migrator will find the history of the backup. */
function afterRename(draft: Draft, { backup }: RestoreFacts): Draft {
  const history = backup.manifest?.history ?? null;
  if (history === null) {
    throw new UserError(
      'What the migrator would do after the rename cannot be told: this backup does not say which migrations it has.',
      ['Take the commands instead, and look at the new database first: --set swap=commands'],
    );
  }
  return { ...draft, history };
}

function groundOf(request: StepRequest): {
  readonly facts: RestoreFacts;
  readonly names: RestoreNames;
  /** A comment on the new database: it is complete, and made by this. */
  readonly mark: string;
} {
  const facts = request.restore ?? null;
  if (facts === null) throw new Error('a restore without its facts');
  const { database } = planTarget(request.facts);
  const names = restoreNames(database, request.answers, facts);
  return { facts, names, mark: markOf(facts) };
}

function aboutBackup(request: StepRequest, facts: RestoreFacts): readonly string[] {
  const { backup } = facts;
  const { manifest } = backup;
  const holds =
    manifest === null
      ? []
      : [`It holds ${counted(manifest.rows, 'row')} in ${counted(manifest.tables, 'table')}.`];
  const elsewhere =
    manifest === null ? null : whyProofDoesNotCount(manifest, planTarget(request.facts));
  return [
    `Backup: ${backup.path}`,
    `Taken at ${backup.takenAt}: rows written since then are not in it.`,
    ...holds,
    ...(elsewhere === null ? [] : [elsewhere]),
    ...withoutProof(backup),
  ];
}

function renamed(from: string, to: string): string {
  return `ALTER DATABASE ${quoteIdent(from)} RENAME TO ${quoteIdent(to)}`;
}

/** Its number, which no other database will ever have: for the undo. */
function oidOf(name: string): Statement['sql'] {
  return `SELECT oid::text AS id FROM pg_catalog.pg_database WHERE datname = ${quoteLiteral(name)}`;
}

function free(name: string): Check {
  return {
    type: 'sql',
    title: `there is no database ${name}`,
    sql: `SELECT datname FROM pg_catalog.pg_database WHERE datname = ${quoteLiteral(name)}`,
    expect: [],
  };
}

function named(name: string, oid: string): Check {
  return {
    type: 'sql',
    title: `${name} is the very database it was (number ${oid})`,
    sql: `SELECT oid::text FROM pg_catalog.pg_database WHERE datname = ${quoteLiteral(name)}`,
    expect: [[oid]],
  };
}

function whole(name: string, mark: string): Check {
  return {
    type: 'sql',
    title: `${name} is there, restored to its end`,
    sql: `SELECT pg_catalog.shobj_description(oid, 'pg_database') FROM pg_catalog.pg_database WHERE datname = ${quoteLiteral(name)}`,
    expect: [[mark]],
  };
}
