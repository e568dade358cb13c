import { isNotBegun } from '../evidence/begun.js';
import type { MigrationEvidence } from '../evidence/evidence.js';
import { finding, withHistory } from './input.js';
import { rowText } from './rows.js';

export const failedRuns = withHistory((history, { matching, evidence, nextRun }) =>
  [...(matching.failed ?? [])].map(([id, matches]) => {
    const own = evidence?.migrations.get(id) ?? null;
    const said = matches.flatMap(({ row }) => (row.name === undefined ? [] : (row.said ?? [])));
    return finding(
      matches.some(({ row }) => row.follows !== undefined) ? 'history-dirty' : 'history-failed-row',
      'error',
      `The history says that ${id} failed, and the migrator refuses to run anything until that is put right.`,
      {
        migrations: [id],
        evidence: [
          ...matches.map(
            ({ row }) => `${rowText(history, row)}: begun, and neither finished nor taken back`,
          ),
          ...said.map((text) => `it noted: ${text.split('\n', 1)[0]}`),
          ...(nextRun.fails === null
            ? []
            : [`it says: ${nextRun.fails.message.split('\n', 1)[0]}`]),
          thereWords(own),
        ],
        playbooks:
          own?.schema === 'partial'
            ? ['finish-partial', 'roll-back', 'clear-failed']
            : ['clear-failed'],
      },
    );
  }),
);

/** What is to be made of one that failed. */
function thereWords(own: MigrationEvidence | null): string {
  if (own !== null && isNotBegun(own)) {
    return 'nothing of it is in the database: it counts as not applied, and runs again';
  }
  switch (own?.schema) {
    case 'present':
    case 'superseded':
      return 'all of it is in the database: it counts as applied';
    case 'partial':
      return 'a part of it is in the database: finish it, or take that back';
    default:
      return 'whether it is in the database is not known: look, then say which';
  }
}
