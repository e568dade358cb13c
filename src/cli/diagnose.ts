import { join } from 'node:path';
import type { Diagnosis } from '../core/diagnosis.js';
import { describeNextRun } from '../core/session/verdict.js';
import { kindOf } from '../files/project.js';
import { openGround } from '../runtime/ground.js';
import { ownVersion } from '../runtime/version.js';
import { look } from '../runtime/parts.js';
import { diagnosisJson } from './json.js';
import type { SharedOptions } from './options.js';
import { exitCodes, print, printJson } from './output.js';
import { boardText } from '../core/telling/board-text.js';
import { oneLine } from '../core/telling/visible.js';

/** Looks once and says what is wrong. 0: healthy, 1: findings. @throws UserError when it cannot look. */
export async function diagnose(
  options: SharedOptions & { readonly json?: boolean },
): Promise<number> {
  const ground = await openGround(options, process.env);
  // A mistake in a playbook of the team is better told now than when it is needed.
  const own = join(ground.resolved.project, 'pgmedic', 'playbooks');
  if ((await kindOf(own)) === 'folder') await ground.playbooks();
  const diagnosis = await look(ground, () => new Date());
  if (options.json) printJson(diagnosisJson(diagnosis, ownVersion()));
  else print(diagnosisText(diagnosis));
  return diagnosis.findings.length > 0 ? exitCodes.findings : exitCodes.healthy;
}

function diagnosisText(diagnosis: Diagnosis): string {
  const { facts, findings, nextRun } = diagnosis;
  const settings = facts.settings.map(
    ({ name, value, origin }) => `  ${name}: ${value} (${origin})`,
  );
  const found = findings.flatMap((finding) => [
    '',
    `${finding.severity}: ${oneLine(finding.title)} [${finding.code}]`,
    ...finding.evidence.map((line) => `  ${oneLine(line)}`),
    ...(finding.playbooks.length > 0 ? [`  Playbook: ${finding.playbooks.join(', ')}`] : []),
  ]);
  const server = facts.target
    ? `PostgreSQL ${facts.target.serverVersion}, ${facts.target.role}, as ${facts.target.user}`
    : 'No database was looked at (--offline).';
  const next = facts.target === null ? 'On a fresh database' : 'Next run of the migrator';
  return [
    'Settings',
    ...settings,
    `  server: ${server}`,
    '',
    ...boardText(diagnosis),
    ...found,
    '',
    `${next}: ${describeNextRun(nextRun)}`,
    findings.length === 0
      ? 'No finding.'
      : `${findings.length} finding${findings.length === 1 ? '' : 's'}.`,
  ].join('\n');
}
