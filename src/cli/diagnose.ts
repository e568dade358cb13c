import { join, relative } from 'node:path';
import { githubLines } from '../core/ci/github.js';
import { junitXml } from '../core/ci/junit.js';
import { sarif } from '../core/ci/sarif.js';
import type { Diagnosis } from '../core/diagnosis.js';
import type { SchemaFacts } from '../core/facts.js';
import { UserError } from '../core/errors.js';
import { describeNextRun } from '../core/session/verdict.js';
import { kindOf } from '../files/project.js';
import { withGround } from '../runtime/ground.js';
import { ownVersion } from '../runtime/version.js';
import { look } from '../runtime/parts.js';
import type { Format } from './formats.js';
import { diagnosisJson } from './json.js';
import type { SharedOptions } from './options.js';
import { exitCodes, print, printError, printJson } from './output.js';
import { tellEvidence } from './progress.js';
import { evidenceLines } from '../core/telling/evidence-words.js';
import { boardText } from '../core/telling/board-text.js';
import { oneLine } from '../core/telling/visible.js';

/**
 * Looks once and says what is wrong. 0: healthy, 1: findings, 2: findings, and part of the
 * folder could not be read. @throws UserError when it cannot look at all.
 */
export async function diagnose(
  options: SharedOptions & { readonly json?: boolean; readonly format?: Format },
): Promise<number> {
  const { diagnosis, project } = await withGround(options, async (ground) => {
    // A mistake in a playbook of the team is better told now than when it is needed.
    const { project, playbooks } = ground.resolved;
    const own = join(project, 'pgmedic', 'playbooks');
    if (playbooks.length > 0 || (await kindOf(own)) === 'folder') await ground.playbooks();
    const onProgress = tellEvidence();
    const diagnosis = await look(ground, () => new Date(), { evidence: true, onProgress });
    return { diagnosis, project };
  });
  show(diagnosis, options.format ?? (options.json ? 'json' : 'text'), inRepository(project));
  const unread = unreadOf(diagnosis);
  const { schema } = diagnosis.facts;
  if (unread.length > 0) {
    printError(
      new UserError(`Not everything could be read:\n${unread.join('\n')}`, [
        'What is said above holds without it; the findings say what treats what.',
        ...(schema.state === 'failed' ? schema.next : []),
      ]),
    );
    return exitCodes.couldNotLook;
  }
  return diagnosis.findings.length > 0 ? exitCodes.findings : exitCodes.healthy;
}

function show(diagnosis: Diagnosis, format: Format, base: string): void {
  switch (format) {
    case 'text':
      return print(diagnosisText(diagnosis));
    case 'json':
      return printJson(diagnosisJson(diagnosis, ownVersion()));
    case 'github':
      // The text is the step's log; the lines behind it become annotations.
      return print([diagnosisText(diagnosis), ...githubLines(diagnosis, base)].join('\n'));
    case 'junit':
      return print(junitXml(diagnosis));
    case 'sarif':
      return printJson(sarif(diagnosis, base, ownVersion()));
  }
}

/** The project as a prefix of its paths, seen from the root of the checkout: "" or "apps/shop/". */
function inRepository(project: string): string {
  const root = process.env['GITHUB_WORKSPACE'] ?? process.cwd();
  const path = relative(root, project).replaceAll('\\', '/');
  return path === '' || path.startsWith('..') ? '' : `${path}/`;
}

/** Input that a diagnosis rests on and that says nothing: a journal that does not parse, a folder in place of a file. */
function unreadOf({ facts: { folder, schema } }: Diagnosis): readonly string[] {
  const { journal, unreadable } = folder;
  const broken = journal?.state === 'malformed' ? [`${journal.path}: ${journal.reason}`] : [];
  const others = unreadable
    .filter(({ path }) => path !== journal?.path || broken.length === 0)
    .map(({ path, reason }) => `${path}: ${reason}`);
  return [...broken, ...others, ...unseenOf(schema)].map(oneLine);
}

/** What of the schema, or of the next run, could not be looked at as a whole. */
function unseenOf(schema: SchemaFacts): readonly string[] {
  if (schema.state === 'failed') return [`no evidence from the schema: ${schema.reason}`];
  const rehearsal = schema.state === 'read' ? schema.rehearsal : null;
  if (rehearsal === null || rehearsal.failure !== null || rehearsal.statements.length > 0)
    return [];
  return rehearsal.unknown.map((one) => `the next run: ${one}`);
}

function diagnosisText(diagnosis: Diagnosis): string {
  const { facts, findings, nextRun } = diagnosis;
  const evidence = evidenceLines(diagnosis);
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
    ...(evidence.length === 0 ? [] : ['', ...evidence]),
    ...found,
    '',
    `${next}: ${describeNextRun(nextRun)}`,
    findings.length === 0
      ? 'No finding.'
      : `${findings.length} finding${findings.length === 1 ? '' : 's'}.`,
  ].join('\n');
}
