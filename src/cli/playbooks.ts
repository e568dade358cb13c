import type { Playbook, PlaybookStep } from '../core/playbook.js';
import { UserError } from '../core/errors.js';
import { loadPlaybooks } from '../files/playbooks.js';
import { findProject } from '../files/find-project.js';
import type { SharedOptions } from './options.js';
import { exitCodes, print, printJson } from './output.js';

/** Lists the playbooks of pgmedic and of the project, or shows one. Needs no database. */
export async function playbooks(
  name: string | undefined,
  options: SharedOptions & { readonly json?: boolean },
): Promise<number> {
  const { project, settings } = await findProject(options, process.env);
  const all = await loadPlaybooks(project, settings.playbooks);
  if (name === undefined) {
    if (options.json) {
      printJson({
        playbooks: all.map(({ name: id, title, treats }) => ({ name: id, title, treats })),
      });
    } else print(all.map((one) => `${one.name.padEnd(20)} ${one.title}`).join('\n'));
    return exitCodes.healthy;
  }
  const playbook = all.find((one) => one.name === name);
  if (playbook === undefined) {
    throw new UserError(`There is no playbook ${name}.`, [
      `There are ${all.map((one) => one.name).join(', ')}.`,
    ]);
  }
  if (options.json) printJson(playbook);
  else print(playbookText(playbook));
  return exitCodes.healthy;
}

function playbookText(playbook: Playbook): string {
  const use = playbook.migrations === 'some' ? ' MIGRATION...' : '';
  const asks = playbook.asks.flatMap((ask) => [
    `  --set ${ask.id}=...  ${ask.question}`,
    ...Object.entries(ask.choices ?? {}).map(
      ([value, meaning]) =>
        `      ${value}: ${meaning}${value === ask.suggested ? ' (if not said otherwise)' : ''}`,
    ),
  ]);
  return [
    playbook.title,
    '',
    playbook.summary,
    '',
    `Treats: ${playbook.treats.join(', ') || 'what you choose it for'}`,
    `From: ${playbook.origin}`,
    ...(asks.length > 0 ? ['', 'Asks', ...asks] : []),
    '',
    'Steps',
    ...playbook.steps.map(
      (step, index) => `  ${index + 1}. ${kindWords[step.kind]}: ${step.title}`,
    ),
    '',
    `pgmedic plan ${playbook.name}${use}`,
  ].join('\n');
}

const kindWords: Readonly<Record<PlaybookStep['kind'], string>> = {
  tell: 'tells',
  command: 'runs a command',
  'check-sql': 'checks',
  'check-next-run': 'checks',
  'write-journal': 'writes the journal',
  'write-mark-applied': 'writes the history',
  'write-mark-unapplied': 'writes the history',
  'write-clear-failed': 'writes the history',
  'write-baseline': 'writes the history',
  'write-finish': 'writes the rest of a migration',
  'write-backfill': 'writes a migration, filling rows',
  'write-roll-back': 'takes migrations back, history rows included',
  'write-restore': 'restores into a new database',
  'write-rename-restored': 'renames the databases, or tells how',
  'write-migration': 'writes a migration and its history row',
  'write-sql': 'writes by SQL',
};
