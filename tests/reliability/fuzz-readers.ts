import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { diagnosisJson } from '../../src/cli/json.js';
import { buildPlan } from '../../src/core/build-plan.js';
import { diagnose } from '../../src/core/diagnose.js';
import type { Diagnosis } from '../../src/core/diagnosis.js';
import { UserError } from '../../src/core/errors.js';
import type { History } from '../../src/core/facts.js';
import { planFile } from '../../src/core/plan-file.js';
import type { Playbook } from '../../src/core/playbook.js';
import { reportMarkdown } from '../../src/core/report/markdown.js';
import type { SqlParser } from '../../src/core/sql.js';
import { boardText } from '../../src/core/telling/board-text.js';
import { loadPlaybooks, parsePlaybook } from '../../src/files/playbooks.js';
import { readPlan } from '../../src/files/read-plan.js';
import { openRunLog, readRunLog } from '../../src/files/run-log.js';
import { loadParser } from '../../src/postgres/parse.js';
import { attemptsOf } from '../../src/runtime/earlier-steps.js';
import { standingOf } from '../../src/runtime/not-again.js';
import { stateOfSteps, type World } from '../../src/runtime/resume-state.js';
import { planUndo } from '../../src/runtime/undo.js';
import type { FolderContents } from '../../src/tools/contract.js';
import { drizzle } from '../../src/tools/drizzle/index.js';
import { defaultTable, factsOf, sha256 } from '../support/drizzle-project.js';
import { snapshotText } from '../support/drizzle-facts.js';
import { backup, plan, settings } from '../support/states.js';
import { base, entriesOf, journalText, sqlFiles } from '../playbooks/shop.js';

/** One kind of thing that is read: valid ones by name, and what pgmedic does with one of them. */
export interface Reader {
  readonly name: string;
  readonly valid: ReadonlyMap<string, Buffer>;
  /** Resolves to how it was taken. @throws what pgmedic throws */
  read(name: string, bytes: Buffer): Promise<string>;
}

const more = {
  ...base,
  '0002_notes': 'CREATE TABLE "notes" ("id" serial PRIMARY KEY NOT NULL, "text" text);',
  '0003_tags': 'CREATE TABLE "tags" ("id" serial PRIMARY KEY NOT NULL);',
};

/** Files of a healthy folder of which two migrations are not listed. */
export const projectFiles: Readonly<Record<string, string>> = {
  ...sqlFiles(more),
  'meta/_journal.json': journalText(entriesOf(Object.keys(base))),
  'meta/0000_snapshot.json': snapshotText('0000', '00000000-0000-0000-0000-000000000000'),
  'meta/0001_snapshot.json': JSON.stringify(withTable('0001', '0000')),
};

/** A snapshot with something of everything in it. */
function withTable(id: string, prevId: string): unknown {
  const column = { name: 'id', type: 'serial', primaryKey: true, notNull: true };
  const at = { expression: 'name', isExpression: false, asc: true, nulls: 'last' };
  const fk = { tableFrom: 'users', tableTo: 'users', columnsFrom: ['id'], columnsTo: ['id'] };
  const users = {
    ...{ name: 'users', schema: '', columns: { id: column }, policies: {}, isRLSEnabled: false },
    indexes: {
      i: {
        name: 'i',
        columns: [at],
        isUnique: false,
        concurrently: false,
        method: 'btree',
        with: {},
      },
    },
    foreignKeys: { f: { name: 'f', ...fk, onDelete: 'cascade', onUpdate: 'no action' } },
    compositePrimaryKeys: {},
    uniqueConstraints: { u: { name: 'u', nullsNotDistinct: false, columns: ['id'] } },
    checkConstraints: { c: { name: 'c', value: 'id > 0' } },
  };
  return {
    ...(JSON.parse(snapshotText(id, prevId)) as object),
    tables: { 'public.users': users },
    enums: { 'public.mood': { name: 'mood', schema: 'public', values: ['sad', 'ok'] } },
    ...{ sequences: {}, roles: {}, policies: {}, views: {} },
  };
}

function historyOf(rows: History['rows']): History {
  return {
    ...{ expected: defaultTable, configured: false, table: defaultTable, elsewhere: [] },
    ...{ rows, sequence: null, otherTables: 2 },
  };
}

const rows = Object.values(base).map((sql, index) => ({
  ...{ id: String(index + 1), hash: sha256(sql), stamp: String(1_760_000_000_000 + index * 1000) },
}));

function contentsOf(files: ReadonlyMap<string, Buffer>): FolderContents {
  const sorted = [...files].toSorted(([a], [b]) => (a < b ? -1 : 1));
  return { path: 'drizzle', root: '/nosuch', files: new Map(sorted), unreadable: [] };
}

/** Everything that is said of a diagnosis, and the plans that can be made of it. */
export function takeIn(
  diagnosis: Diagnosis,
  playbooks: readonly Playbook[],
  parser: SqlParser,
): string {
  const said = JSON.stringify(diagnosisJson(diagnosis, 'test')) + boardText(diagnosis).join('\n');
  refuseGibberish(said);
  const board = diagnosis.board.map(({ id }) => id);
  for (const playbook of playbooks) {
    // Of another database and a dump, or of the sandbox: the runtime reads them first.
    const kinds = playbook.steps.map(({ kind }) => kind);
    if (kinds.includes('write-restore') || kinds.includes('write-roll-back')) continue;
    const migrations = playbook.migrations === 'some' ? board.slice(-1) : [];
    try {
      const answers = playbook.name === 'backfill-not-null' ? { rule: '1' } : {};
      const request = { playbook, diagnosis, migrations, answers };
      const built = buildPlan({ ...request, tool: drizzle, parser, sha256 });
      refuseGibberish(JSON.stringify(built));
    } catch (error) {
      refuseCrash(error);
    }
  }
  return diagnosis.findings.length > 0 ? 'findings' : 'healthy';
}

/** A UserError says what is the case; anything else is a crash. */
export function refuseCrash(error: unknown): void {
  if (!(error instanceof UserError)) throw error;
  refuseGibberish([error.message, ...error.next].join('\n'));
}

/** What no sentence has that was meant. */
function refuseGibberish(text: string): void {
  // Drizzle itself asks for this file where an entry has no tag.
  const own = text.replaceAll(/undefined\.sql|"migration":"undefined"|(created_at|row) NaN/g, '');
  const found = /\bundefined\b|\[object |\bNaN\b|\n {4}at /.exec(own);
  if (found !== null) {
    throw new Error(`gibberish: ${own.slice(Math.max(0, found.index - 200), found.index + 100)}`);
  }
}

export async function readers(folder: string): Promise<readonly Reader[]> {
  const parser = await loadParser();
  const playbooks = await loadPlaybooks(folder);
  const files = new Map(
    Object.entries(projectFiles).map(([path, text]) => [path, Buffer.from(text)]),
  );
  const healthy = diagnose(
    factsOf(drizzle.readFolder(contentsOf(files), []), historyOf(rows)),
    drizzle,
  );
  return [
    {
      name: 'folder',
      valid: files,
      read: async (name, bytes) => {
        const contents = contentsOf(new Map([...files, [name, bytes]]));
        const found = drizzle.readFolder(contents, []);
        return takeIn(diagnose(factsOf(found, historyOf(rows)), drizzle), playbooks, parser);
      },
    },
    {
      name: 'history',
      valid: new Map([['rows', Buffer.from(JSON.stringify(rows))]]),
      read: async (_, bytes) => {
        const found = drizzle.readFolder(contentsOf(files), []);
        return takeIn(
          diagnose(factsOf(found, historyOf(textRows(bytes))), drizzle),
          playbooks,
          parser,
        );
      },
    },
    await playbookReader(healthy, parser),
    await planReader(folder),
    await runLogReader(folder),
  ];
}

/** What a query gives is text or null, whatever is in the table. */
function textRows(bytes: Buffer): History['rows'] {
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString('utf8'));
  } catch {
    return [];
  }
  const text = (one: unknown): string =>
    typeof one === 'string' ? one : JSON.stringify(one ?? '');
  return (Array.isArray(value) ? value : []).map((row: Record<string, unknown> | null) => ({
    id: text(row?.['id']),
    hash: text(row?.['hash']),
    stamp: row?.['stamp'] == null ? null : text(row['stamp']),
  }));
}

async function playbookReader(healthy: Diagnosis, parser: SqlParser): Promise<Reader> {
  const folder = new URL('../../playbooks/', import.meta.url);
  const names = (await readdir(folder)).filter((name) => name.endsWith('.yaml'));
  const texts = names.map(async (name) => [name, await readFile(new URL(name, folder))] as const);
  return {
    name: 'playbook',
    valid: new Map(await Promise.all(texts)),
    read: async (name, bytes) => {
      const parsed = parsePlaybook(bytes.toString('utf8'), name);
      if (parsed.ok) return takeIn(healthy, [parsed.playbook], parser);
      for (const problem of parsed.problems) refuseGibberish(problem);
      if (parsed.problems.length === 0) throw new Error('refused, and no reason given');
      return 'refused';
    },
  };
}

async function planReader(folder: string): Promise<Reader> {
  const path = join(folder, 'plan.json');
  const valid = `${JSON.stringify(planFile(plan(), sha256), null, 2)}\n`;
  return {
    name: 'plan',
    valid: new Map([['plan.json', Buffer.from(valid)]]),
    read: async (_, bytes) => {
      await writeFile(path, bytes);
      const read = await readPlan(path, sha256);
      if (JSON.stringify(read) !== JSON.stringify(planFile(plan(), sha256))) {
        throw new Error('another plan was taken for the sealed one');
      }
      return 'the same plan';
    },
  };
}

async function runLogReader(folder: string): Promise<Reader> {
  const path = join(folder, 'session', 'run.jsonl');
  await mkdir(dirname(path), { recursive: true });
  const log = await openRunLog(path);
  const { target } = plan();
  const returned = [{ id: '3' }];
  const confirmation = {
    step: 'journal',
    digest: 'd',
    at: '2026-11-21T04:01:00.000Z',
    by: 'op',
    typed: null,
  };
  const done = { state: 'done', note: 'committed as transaction 7', xid: '7' } as const;
  const finding = {
    code: 'file-not-in-journal',
    severity: 'error',
    migrations: ['0002_notes'],
    title: 'A file',
    evidence: ['e'],
    playbooks: ['reconcile-journal'],
  } as const;
  const nothing = { runs: [], skips: [], fails: null };
  await log.append({ type: 'session-started', target, settings, version: '0.1.0' });
  await log.append({ type: 'diagnosed', findings: [finding], nextRun: nothing, migrations: 2 });
  await log.append({ type: 'backup-failed', message: 'm' });
  await log.append({ type: 'backup-proven', backup });
  await log.append({ type: 'plan', plan: plan() });
  for (const step of plan().steps) {
    const { id, digest } = step;
    const write = step.kind === 'write' ? step.write : null;
    await log.append({ type: 'intent', step: id, digest, confirmation, write });
    if (id === 'agree') break;
    if (id.startsWith('apply'))
      await log.append({ type: 'xid', step: id, xid: '7', life: 'l', returned });
    await log.append({ type: 'outcome', step: id, outcome: done, returned });
  }
  const undo = { type: 'file', path: 'meta/_journal.json', expects: 'b', restores: null } as const;
  await log.append({ type: 'undo-intent', step: 'journal', digest: 'd', confirmation, undo });
  await log.append({ type: 'undo-outcome', step: 'journal', outcome: done });
  await log.append({ type: 'resolved', step: 'agree', state: { state: 'unknown', why: 'w' } });
  await log.append({ type: 'verified', holds: true, notes: ['n'] });
  await log.append({ type: 'session-ended', note: 'n' });
  await log.close();
  const valid = await readFile(path);
  const lines = valid.toString('utf8').trimEnd().split('\n');
  return {
    name: 'run log',
    valid: new Map(lines.map((line, index) => [String(index), Buffer.from(line)])),
    read: async (name, bytes) => {
      const spoiled = lines.map((line, index) =>
        index === Number(name) ? bytes.toString('utf8') : line,
      );
      // Every other one with a chain that holds: what is in a record must not be believed for that.
      await writeFile(
        path,
        `${(bytes.length % 2 === 0 ? spoiled : chained(spoiled)).join('\n')}\n`,
      );
      return readSession(path);
    },
  };
}

function chained(lines: readonly string[]): string[] {
  const out: string[] = [];
  for (const line of lines) {
    const prev = createHash('sha256')
      .update(out.at(-1) ?? '')
      .digest('hex');
    out.push(line.replace(/"prev":"[^"]*"/, `"prev":"${out.length === 0 ? '' : prev}"`));
  }
  return out;
}

/** Nothing can be found out: what the log says is all there is. */
const blind: World = {
  xactStatus: async () => ({ status: 'unknown', why: 'not asked' }),
  isRunning: async () => null,
  holds: async () => null,
  leftovers: async () => null,
  fileSha: async () => null,
};

/** What `report`, `sessions`, `resume`, `undo` and the next write make of a log. */
async function readSession(path: string): Promise<string> {
  const { records, problems } = await readRunLog(path);
  refuseGibberish(reportMarkdown('s', records, problems) + problems.join('\n'));
  const standings = await stateOfSteps(records, blind);
  refuseGibberish(JSON.stringify(standings));
  const attempts = attemptsOf([{ session: 's', records }]);
  const { steps, target } = plan();
  for (const step of steps) {
    refuseGibberish(JSON.stringify(standingOf(step, plan(), attempts)));
    try {
      refuseGibberish(JSON.stringify(planUndo(records, step.id, target)));
    } catch (error) {
      refuseCrash(error);
    }
  }
  return problems.length > 0 ? 'said to be damaged' : 'read';
}
