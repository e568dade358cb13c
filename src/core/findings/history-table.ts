import type { Facts } from '../facts.js';
import { tableName } from '../tool.js';
import { count, finding, type Rule, withHistory } from './input.js';

const tableMissing = withHistory((history) => {
  if (history.table !== null || history.elsewhere.length > 0 || history.otherTables === 0)
    return [];
  if (history.locked?.code === 'history-table-missing') return [];
  return [
    finding(
      'history-table-missing',
      'warning',
      'Nothing is recorded as applied, although the database has tables: the next run starts with the first migration.',
      {
        evidence: [
          `${tableName(history.expected)} does not exist`,
          `the database has ${count(history.otherTables, 'other table')}`,
        ],
        playbooks: ['mark-applied'],
      },
    ),
  ];
});

const tableElsewhere = withHistory((history, { facts }) => {
  const { table, expected, configured } = history;
  const name = tableName(expected);
  const advice = 'name it with --history-table if that is the one';
  if (table !== null && tableName(table) !== name) {
    return [
      finding(
        'history-table-elsewhere',
        'warning',
        `The history stands in ${tableName(table)}; a migrator that is told nothing looks for ${name}.`,
        {
          evidence: [
            `${tableName(table)}: ${count(history.rows.length, 'row')}; taken for the history`,
            `${name} does not exist`,
          ],
        },
      ),
    ];
  }
  const own = history.elsewhere.flatMap((other) => {
    const known = knownMarks(facts, other.marks);
    const text = `${tableName(other)}: ${count(other.rows, 'row')}, ${known} of them of files in ${facts.folder.path}; ${advice}`;
    return other.rows > 0 && known > 0 ? [text] : [];
  });
  if (own.length === 0 || history.rows.length > 0) return [];
  const lack = table === null ? 'does not exist' : 'is empty';
  return [
    finding(
      'history-table-elsewhere',
      'error',
      `${name} ${lack}, and another table records these migrations: the next run would start with the first.`,
      {
        evidence: [`${name} ${lack}${configured ? '; a setting names it' : ''}`, ...own],
      },
    ),
  ];
});

const sequenceBehind = withHistory((history) => {
  const { sequence, table } = history;
  const ids = history.rows.map(({ id }) => Number(id)).filter(Number.isSafeInteger);
  const highest = ids.reduce((a, b) => Math.max(a, b), -Infinity);
  if (sequence === null || table === null || sequence.next > highest) return [];
  const now = ids.includes(sequence.next);
  const cost = 'recording a migration fails with 23505, and the whole run is rolled back.';
  return [
    finding(
      'history-sequence-behind',
      now ? 'error' : 'warning',
      now
        ? `The next id that the history table gives is taken: ${cost}`
        : `The ids that the history table gives run into ones that are taken: then ${cost}`,
      {
        evidence: [
          `${sequence.name} gives ${sequence.next} next; ${tableName(table)} has rows up to id ${highest}`,
          `to put it right: SELECT setval('${sequence.name.replaceAll("'", "''")}', ${highest})`,
        ],
      },
    ),
  ];
});

/** How many of these hashes or names are of migrations in the folder. */
function knownMarks({ folder }: Facts, marks: readonly string[]): number {
  const own = new Set(
    folder.migrations.flatMap(({ name, file }) => [
      ...(name === undefined ? [] : [name]),
      ...(file === null || file.text.trim() === '' ? [] : [file.hash, ...file.variantHashes]),
    ]),
  );
  return marks.filter((mark) => own.has(mark)).length;
}

const locked = withHistory(({ locked: found }) =>
  found == null
    ? []
    : [
        finding(
          found.code ?? 'history-dirty',
          'error',
          found.title ?? `The migrator's own lock is taken: "${found.says}".`,
          { evidence: [found.why, found.next], playbooks: found.playbooks ?? [] },
        ),
      ],
);

export const historyTableRules: readonly Rule[] = [
  tableMissing,
  tableElsewhere,
  sequenceBehind,
  locked,
];
