import { readdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { z } from 'zod';
import { UserError, messageOf } from '../core/errors.js';
import type { Playbook, PlaybookStep } from '../core/playbook.js';
import { playbookSchema } from './playbook-schema.js';
import { settingsPath } from './project-settings.js';
import { kindOf } from './project.js';
import { readYaml } from './read-yaml.js';

const builtIn = fileURLToPath(new URL('../../playbooks/', import.meta.url));

/**
 * The built-in playbooks, and a team's own in `pgmedic/playbooks/` of its project and in the folders
 * that its settings name (`named`). A team's playbook may not take the name of another one.
 *
 * @throws UserError naming every mistake with file and line.
 */
export async function loadPlaybooks(
  project: string,
  named: readonly string[] = [],
): Promise<readonly Playbook[]> {
  const files = [
    ...(await yamlFiles(builtIn)).map((name): PlaybookFile => ({
      path: join(builtIn, name),
      origin: `built-in ${name}`,
    })),
    ...(await inFolder(project, 'pgmedic/playbooks')),
    ...(await Promise.all(named.map((folder) => namedFolder(project, folder)))).flat(),
  ];
  const results = await Promise.all(
    files.map(async ({ path, origin }) => parsePlaybook(await readText(path, origin), origin)),
  );
  const problems = results.flatMap((result) => (result.ok ? [] : result.problems));
  const playbooks = results.flatMap((result) => (result.ok ? [result.playbook] : []));
  playbooks.forEach((playbook, index) => {
    const first = playbooks.find((other) => other.name === playbook.name);
    if (first !== playbooks[index]) {
      problems.push(`${playbook.origin}: the name ${playbook.name} is taken by ${first?.origin}`);
    }
  });
  if (problems.length > 0) {
    throw new UserError(`A playbook cannot be used:\n${problems.join('\n')}`, [
      'Correct the file; playbooks/README.md of pgmedic shows the form.',
    ]);
  }
  return playbooks;
}

type Parsed =
  | { readonly ok: true; readonly playbook: Playbook }
  | { readonly ok: false; readonly problems: readonly string[] };

/** One YAML text; problems read "file:line: where: what". */
export function parsePlaybook(text: string, origin: string): Parsed {
  const read = readYaml(text, origin, playbookSchema);
  if (!read.ok) return read;
  const playbook = toPlaybook(read.value, origin);
  const contradictions = contradictionsOf(playbook, read.value).map(([path, words]) =>
    read.problem(path, words),
  );
  return contradictions.length > 0
    ? { ok: false, problems: contradictions }
    : { ok: true, playbook };
}

type Raw = z.output<typeof playbookSchema>;
type RawStep = Raw['steps'][number];

function toPlaybook(raw: Raw, origin: string): Playbook {
  const asks = raw.asks.map(({ 'if-found': ifFound, 'if-open': ifOpen, ...ask }) => ({
    ...ask,
    ifFound,
    ifOpen,
  }));
  return { ...raw, asks, steps: raw.steps.map(toStep), origin };
}

function toStep(raw: RawStep): PlaybookStep {
  const { id, text, when } = raw;
  switch (raw.verb) {
    case 'tell':
      return { kind: 'tell', id, text, when, title: raw.tell };
    case 'command':
      return { kind: 'command', id, text, when, title: raw.title, command: raw.command };
    case 'check': {
      const base = { id, text, when, title: raw.title };
      return raw.check === 'next-run'
        ? { kind: 'check-next-run', ...base }
        : { kind: 'check-sql', ...base, sql: raw.sql ?? '', expect: raw.expect ?? [] };
    }
    case 'write': {
      const base = { id, text, when, title: raw.title };
      switch (raw.write) {
        case 'journal':
          return { kind: 'write-journal', ...base };
        case 'mark-applied':
          return { kind: 'write-mark-applied', ...base };
        case 'mark-unapplied':
          return { kind: 'write-mark-unapplied', ...base };
        case 'clear-failed':
          return { kind: 'write-clear-failed', ...base };
        case 'baseline':
          return { kind: 'write-baseline', ...base };
        case 'finish':
          return { kind: 'write-finish', ...base };
        case 'backfill':
          return { kind: 'write-backfill', ...base };
        case 'roll-back':
          return { kind: 'write-roll-back', ...base };
        case 'restore':
          return { kind: 'write-restore', ...base };
        case 'rename-restored':
          return { kind: 'write-rename-restored', ...base };
        case 'migration':
          return { kind: 'write-migration', ...base, of: raw.of ?? 'chosen' };
        case 'sql':
          return {
            kind: 'write-sql',
            ...base,
            sql: raw.sql ?? '',
            risk: raw.risk ?? 'destructive',
          };
      }
    }
  }
}

/** What no single key shows: missing companions, unknown answers, an id used twice. */
function contradictionsOf(
  playbook: Playbook,
  raw: Raw,
): readonly (readonly [readonly PropertyKey[], string])[] {
  const found: [PropertyKey[], string][] = [];
  raw.steps.forEach((step, index) => {
    const at = ['steps', index];
    if (raw.steps.findIndex((other) => other.id === step.id) !== index) {
      found.push([[...at, 'id'], `the id ${step.id} is used twice`]);
    }
    for (const [id, value] of Object.entries(step.when)) {
      const ask = playbook.asks.find((one) => one.id === id);
      if (ask === undefined) found.push([[...at, 'when', id], `nothing asks "${id}"`]);
      else if (ask.choices !== null && !Object.hasOwn(ask.choices, value)) {
        found.push([[...at, 'when', id], `"${value}" is no answer to ${id}`]);
      }
    }
    const wantsSql =
      (step.verb === 'check' && step.check === 'sql') ||
      (step.verb === 'write' && step.write === 'sql');
    if (wantsSql && step.sql === undefined) found.push([at, 'needs sql']);
    if (step.verb === 'check' && step.check === 'sql' && step.expect === undefined) {
      found.push([at, 'needs expect, the rows that sql must give']);
    }
    if (step.verb === 'write' && takesChosen(step.write) && raw.migrations === 'none') {
      found.push([at, 'needs "migrations: some"']);
    }
  });
  raw.asks.forEach((ask, index) => {
    if (
      ask.suggested !== null &&
      ask.choices !== null &&
      !Object.hasOwn(ask.choices, ask.suggested)
    ) {
      found.push([['asks', index, 'suggested'], `"${ask.suggested}" is not one of the choices`]);
    }
  });
  return found;
}

function takesChosen(write: string): boolean {
  return write.startsWith('mark-') || write === 'finish' || write === 'backfill';
}

interface PlaybookFile {
  readonly path: string;
  readonly origin: string;
}

async function inFolder(project: string, folder: string): Promise<readonly PlaybookFile[]> {
  const path = resolve(project, folder);
  const names = await yamlFiles(path);
  return names.map((name) => ({ path: join(path, name), origin: `${folder}/${name}` }));
}

/** @throws UserError where it is not there: a playbook that is missed at night has to be missed now. */
async function namedFolder(project: string, folder: string): Promise<readonly PlaybookFile[]> {
  if ((await kindOf(resolve(project, folder))) === 'folder') return inFolder(project, folder);
  throw new UserError(`${settingsPath} names the playbooks ${folder}: there is no such folder.`);
}

async function yamlFiles(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return [];
    throw new UserError(`${folder} cannot be read: ${messageOf(error)}.`);
  });
  return names.filter((name) => /\.ya?ml$/.test(name)).sort();
}

async function readText(path: string, origin: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new UserError(`The playbook ${origin} cannot be read: ${messageOf(error)}.`, [], {
      cause: error,
    });
  }
}
