import { redundantIn } from '../evidence/redundant.js';
import type { Finding, FindingCode } from '../finding.js';
import type { LockTaken, RehearsedStatement, RelationSize, Rehearsal } from '../rehearsal.js';
import { redactText } from '../redact.js';
import { headOf, oneLine } from '../telling/visible.js';
import { tableName } from '../tool.js';
import { at, count, few, finding, type Rule, type RuleInput } from './input.js';

/** A rule about what the rehearsal of the next run showed. */
function withRehearsal(rule: (rehearsal: Rehearsal, input: RuleInput) => readonly Finding[]): Rule {
  return (input) => {
    const { schema } = input.facts;
    return schema.state === 'read' && schema.rehearsal !== null
      ? rule(schema.rehearsal, input)
      : [];
  };
}

function place({ facts }: RuleInput, migration: string, line: number): string {
  const path = facts.folder.migrations.find(({ id }) => id === migration)?.file?.path;
  return at(facts.folder, path ?? migration, line);
}

const fails = withRehearsal(({ failure }, input) => {
  if (failure === null) return [];
  const { migration, line, sqlstate, message, code, evidence, statement } = failure;
  return [
    finding(code, 'error', `The next run stops in ${migration}: ${message} (${sqlstate}).`, {
      migrations: [migration],
      evidence: [
        `${place(input, migration, line)}: ${headOf(sqlLine(statement), 120)}`,
        ...evidence,
      ],
      playbooks: treating(code, migration, input),
    }),
  ];
});

/** What the tool refuses by its own rules. Where it has a journal, that is told of the files. */
const refuses: Rule = ({ facts, matching, nextRun: { fails: found } }) => {
  const { folder, schema, history } = facts;
  const rehearsed = schema.state === 'read' ? (schema.rehearsal?.failure?.message ?? null) : null;
  if (folder.journal !== null || found === null || found.message === rehearsed) return [];
  // That has a finding of its own.
  if (found.message === history?.locked?.says) return [];
  if (matching.failed?.has(found.migration ?? '') === true) return [];
  const oldJournal = folder.unconverted?.some((left) => left.startsWith('meta/')) === true;
  if (oldJournal || (history?.outdated === true && matching.unknown.length > 0)) return [];
  const { migration, message, sqlstate } = found;
  const path = folder.migrations.find(({ id }) => id === migration)?.file?.path ?? migration;
  return [
    finding(
      'will-fail-other',
      'error',
      `The next run stops${migration === null ? '' : ` at ${migration}`}: ${message}${sqlstate === null ? '' : ` (${sqlstate})`}.`,
      {
        migrations: folder.migrations.some(({ id }) => id === migration) ? [migration ?? ''] : [],
        evidence: [path === null ? folder.path : at(folder, path)],
      },
    ),
  ];
};

/** A tool that takes what is there already for done records what it has just rolled back. */
const swallowed = withRehearsal(({ swallowed: all = [] }, input) =>
  all.map(({ migration, line, sqlstate, message, code, evidence, statement }) =>
    finding(
      code,
      'error',
      `The next run rolls ${migration} back and records it as applied all the same: ${message} (${sqlstate}).`,
      {
        migrations: [migration],
        evidence: [
          `${place(input, migration, line)}: ${headOf(sqlLine(statement), 120)}`,
          ...evidence,
        ],
        playbooks: treating(code, migration, input),
      },
    ),
  ),
);

const sqlLine = (sql: string): string => oneLine(redactText(sql).replace(/\s+/g, ' ').trim());

/** What fails because it is there already is treated by what the evidence says of it. */
function treating(code: FindingCode, migration: string, { evidence, facts }: RuleInput): string[] {
  if (code === 'will-fail-not-null') return ['backfill-not-null'];
  if (
    code === 'will-fail-in-transaction' ||
    code === 'will-fail-enum-in-transaction' ||
    (code === 'records-itself' && facts.folder.journal === null)
  )
    return ['apply-manually'];
  if (code !== 'will-fail-exists') return [];
  const schema = evidence?.migrations.get(migration)?.schema;
  if (schema === 'partial') return ['finish-partial'];
  if (schema === 'absent' && redundantIn(facts, migration).length > 0) return ['finish-partial'];
  return schema === 'present' || schema === 'superseded' ? ['baseline', 'mark-applied'] : [];
}

/** From here on a lock or a rewrite is felt: bytes, and rows by estimate. */
const FELT = { bytes: 1_000_000, rows: 1000 };
/** From here on it is long. */
const LONG = { bytes: 64_000_000, rows: 500_000 };

const over = ({ bytes, rows }: RelationSize, limit: typeof FELT): boolean =>
  bytes >= limit.bytes || rows >= limit.rows;

function sizeText({ bytes, rows }: RelationSize): string {
  const size =
    bytes >= 1e9
      ? `${(bytes / 1e9).toFixed(1)} GB`
      : bytes >= 1e6
        ? `${(bytes / 1e6).toFixed(0)} MB`
        : `${Math.ceil(bytes / 1e3)} kB`;
  return `${size}, ${rows < 0 ? 'rows never counted' : `about ${count(Math.round(rows), 'row')}`}`;
}

const rewrites = withRehearsal((rehearsal, input) =>
  felt(rehearsal, ({ rewrites: relations }) => relations).map(({ statement, relations }) =>
    finding(
      'rewrites-table',
      relations.some((one) => over(one, LONG)) ? 'warning' : 'info',
      `${statement.migration} rewrites ${few(relations.map(({ relation }) => relation))}: nobody can read or write there meanwhile.`,
      {
        migrations: [statement.migration],
        evidence: relations.map(
          (one) =>
            `${place(input, statement.migration, statement.line)}: ${statement.label} rewrites ${one.relation} (${sizeText(one)}); measured in the sandbox`,
        ),
      },
    ),
  ),
);

/** Locks that shut writers out for as long as the statement has to look at every row. */
const locks = withRehearsal((rehearsal, input) =>
  felt(rehearsal, (statement) => {
    const rewritten = new Set(statement.rewrites.map(({ relation }) => relation));
    return statement.readsRows
      ? statement.locks.filter(({ relation, mode }) => shutsOut(mode) && !rewritten.has(relation))
      : [];
  }).map(({ statement, relations }) =>
    finding(
      'locks-table',
      relations.some((one) => over(one, LONG)) ? 'warning' : 'info',
      `${statement.migration} locks ${few(relations.map(({ relation }) => relation))} while it reads every row: nobody can write there meanwhile.`,
      {
        migrations: [statement.migration],
        evidence: relations.map(
          (one) =>
            `${place(input, statement.migration, statement.line)}: ${statement.label} takes ${(one as LockTaken).mode} on ${one.relation} (${sizeText(one)}); measured in the sandbox`,
        ),
      },
    ),
  ),
);

const shutsOut = (mode: string): boolean =>
  ['SHARE', 'SHARE ROW EXCLUSIVE', 'EXCLUSIVE', 'ACCESS EXCLUSIVE'].includes(mode);

function felt(
  { statements }: Rehearsal,
  pick: (statement: RehearsedStatement) => readonly RelationSize[],
): { readonly statement: RehearsedStatement; readonly relations: readonly RelationSize[] }[] {
  return statements
    .map((statement) => ({
      statement,
      relations: pick(statement).filter((one) => over(one, FELT)),
    }))
    .filter(({ relations }) => relations.length > 0);
}

const losesData = withRehearsal(({ statements }, input) =>
  statements.flatMap((statement) => {
    const { destroys, migration, line, locks: taken } = statement;
    const withRows = taken.filter(({ rows }) => rows !== 0);
    if (destroys === null) return [];
    // DELETE and UPDATE take no lock that is told; what drops without one drops what this run has made.
    const locksWhatItLoses = taken.length > 0 || /^(DROP|TRUNCATE|ALTER)\b/.test(destroys);
    if (locksWhatItLoses && withRows.length === 0) return [];
    return [
      finding('loses-data', 'warning', `${migration} destroys data: ${destroys}.`, {
        migrations: [migration],
        evidence: [
          place(input, migration, line),
          ...withRows.map((one) => `${one.relation}: ${sizeText(one)}`),
        ],
      }),
    ];
  }),
);

/** Pending files that meddle with the transaction or the history that the tool keeps for them. */
const meddles: Rule = (input) => {
  const { schema, history } = input.facts;
  if (schema.state !== 'read') return [];
  const table = history === null ? null : tableName(history.table ?? history.expected);
  const name = table?.split('.').at(-1) ?? '';
  const pending = schema.replay.migrations.filter(({ id }) => input.nextRun.runs.includes(id));
  return pending.flatMap(({ id, statements }): Finding[] => {
    const where = (line: number): string => place(input, id, line);
    const control = statements.filter(({ label }) =>
      /^(COMMIT|ROLLBACK|PREPARE TRANSACTION)$/.test(label),
    );
    const own = statements.filter(
      ({ label, text }) =>
        name !== '' && /^(INSERT|UPDATE|DELETE)\b/.test(label) && text.includes(name),
    );
    const redundant = statements.filter(({ error }) => error?.redundant === true);
    return [
      ...(control.length === 0
        ? []
        : [
            finding(
              'transaction-control',
              'error',
              `${id} ends the migrator's transaction: if a later statement fails, what came before stays, without a row in the history.`,
              {
                migrations: [id],
                evidence: control.map((one) => `${where(one.line)}: ${one.label}`),
              },
            ),
          ]),
      ...(own.length === 0
        ? []
        : [
            finding(
              'records-itself',
              'error',
              `${id} writes to ${table ?? 'the history table'} itself, and the migrator adds its own row.`,
              { migrations: [id], evidence: own.map((one) => `${where(one.line)}: ${one.label}`) },
            ),
          ]),
      ...(redundant.length === 0
        ? []
        : [
            finding(
              'redundant',
              'warning',
              `${id} makes again what an earlier migration makes: it fails wherever that one has run.`,
              {
                migrations: [id],
                evidence: redundant.map(
                  ({ line, error }) =>
                    `${where(line)}: ${error?.message ?? ''} (${error?.sqlstate ?? ''})`,
                ),
              },
            ),
          ]),
    ];
  });
};

export const nextRunRules: readonly Rule[] = [
  fails,
  refuses,
  swallowed,
  meddles,
  rewrites,
  locks,
  losesData,
];
