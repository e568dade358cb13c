import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { chosenBackup } from '../../backup/choose.js';
import type { Manifest } from '../../backup/manifest.js';
import { schemaOfBackup } from '../../backup/schema-of-backup.js';
import type { CountingBackup } from '../../core/backup.js';
import { UserError, messageOf } from '../../core/errors.js';
import type { HistoryRow, Setting } from '../../core/facts.js';
import type { Finding, FindingCode } from '../../core/finding.js';
import { redactText } from '../../core/redact.js';
import type { RunLogRecord } from '../../core/run-log.js';
import { loadParser } from '../../postgres/parse.js';
import { openGround } from '../../runtime/ground.js';
import { look } from '../../runtime/parts.js';
import type { SessionPlace } from '../../runtime/session-record.js';
import type { Sandbox } from '../../sandbox/sandbox.js';
import { runsOf, writesDone } from '../debrief.js';
import { type Given, readGiven } from '../from/given.js';
import { startDrill } from '../run.js';
import { catalogFromEmpty, drillOfIncident } from './drill.js';
import type { Recorded } from './recorded.js';

/**
 * Writes a finished session down as a drill: the migrations as they were, the schema as the
 * session's backup has it, and what the history said. No row of any other table is in it. The drill
 * is made once and diagnosed: it has to find what the session found.
 *
 * @throws UserError where the session has not kept what that takes, or where it would be another drill
 */
export async function exportIncident(
  project: string,
  { place, records }: { readonly place: SessionPlace; readonly records: readonly RunLogRecord[] },
  { sandbox, signal }: { readonly sandbox: Sandbox; readonly signal: AbortSignal },
): Promise<Recorded> {
  const { backup, findings } = begunWith(records);
  const { manifest } = await chosenBackup(backup.path);
  if (manifest?.history == null) {
    throw refused('nothing beside its backup says what the history was', [
      `Missing, or without the history: ${backup.path}.manifest.json`,
    ]);
  }
  const now = await readGiven(project, optionsOf(records));
  await catalogFromEmpty(now, sandbox).catch((error: unknown) => {
    throw refused(`nobody could judge it: ${messageOf(error).replace(/\.$/, '')}`, [
      'A drill is judged by what its migrations make of an empty database.',
    ]);
  });
  const schema = await schemaOfBackup(backup, await loadParser(), signal);
  const runs = runsOf(records).filter((run) => writesDone(run) > 0);
  const bare: Recorded = {
    format: 'pgmedic drill 1',
    ...(await filesThen(now, place, records)),
    schema: schema.map((text) => redactText(text)),
    roles: manifest.expected.roles
      .map(({ name }) => name)
      .filter((name) => schema.some((text) => text.includes(name))),
    history: historyIn(manifest),
    findings: codesOf(findings),
    ...{ page: '', goal: '', hints: [] },
    goodRun: {
      playbooks: runs.map(({ plan }) => plan.playbook),
      writes: runs.reduce((sum, run) => sum + writesDone(run), 0),
    },
  };
  const found = await foundIn(bare, sandbox, signal);
  const [lacks, more] = [
    without(bare.findings, codesOf(found)),
    without(codesOf(found), bare.findings),
  ];
  if (lacks.length > 0 || more.length > 0) {
    throw refused(
      `the drill would not be the incident: it ${[
        ...(lacks.length > 0 ? [`does not show ${lacks.join(', ')}`] : []),
        ...(more.length > 0 ? [`shows ${more.join(', ')} besides`] : []),
      ].join(' and ')}`,
      [
        'A finding that hangs on rows cannot be shown without them; and the migrations may be others by now.',
      ],
    );
  }
  return { ...bare, ...toldOf(bare, found) };
}

/** What the session found before it wrote anything, and the backup that holds the schema of that moment. */
function begunWith(records: readonly RunLogRecord[]): {
  readonly backup: CountingBackup;
  readonly findings: readonly Finding[];
} {
  const verified = records.findLast(({ type }) => type === 'verified');
  if (verified?.type !== 'verified' || !verified.holds) {
    throw refused('it is not finished', [
      'A session is finished when the last playbook has ended as its plan said.',
    ]);
  }
  const at = records.findIndex(
    ({ type }) => type === 'backup-proven' || type === 'backup-accepted',
  );
  const record = records[at];
  const diagnosed = records.slice(0, Math.max(at, 0)).findLast(({ type }) => type === 'diagnosed');
  if (
    (record?.type !== 'backup-proven' && record?.type !== 'backup-accepted') ||
    diagnosed?.type !== 'diagnosed'
  ) {
    throw refused('it has taken no backup, which would have the schema as it was', [
      'A session takes one before its first write.',
    ]);
  }
  return { backup: record.backup, findings: diagnosed.findings };
}

/** As the session had them, whatever says something else by now. */
function optionsOf(records: readonly RunLogRecord[]) {
  const started = records.find(({ type }) => type === 'session-started');
  const settings = started?.type === 'session-started' ? started.settings : [];
  const of = (wanted: Setting['name']): string | undefined =>
    settings.find(({ name }) => name === wanted)?.value;
  const [tool, migrations, historyTable] = [of('tool'), of('migrations'), of('history-table')];
  return {
    ...(tool !== undefined && { tool }),
    ...(migrations !== undefined && { migrations }),
    ...(historyTable !== undefined && { historyTable }),
  };
}

/** The files with what the session has written taken back: it keeps the bytes that were there. */
async function filesThen(
  given: Given,
  { folder }: SessionPlace,
  records: readonly RunLogRecord[],
): Promise<
  Pick<Recorded, 'name' | 'tool' | 'title' | 'runner' | 'migrations' | 'table' | 'files' | 'edited'>
> {
  const files = new Map(given.files);
  const edited = new Map<string, string | null>();
  for (const record of records) {
    if (record.type !== 'intent' || record.write?.type !== 'file') continue;
    const { path, before } = record.write;
    // The first one found it as it was.
    if (!edited.has(path)) edited.set(path, before);
  }
  for (const [path, before] of edited) {
    if (before === null) files.delete(path);
    else files.set(path, await readFile(join(folder, 'originals', before)));
  }
  const texts = [...files].map(([path, bytes]) => {
    const text = bytes.toString('utf8');
    if (Buffer.from(text).equals(bytes)) return [path, redactText(text)] as const;
    throw refused(`${path} is no UTF-8`, ['Put the file right, and export again.']);
  });
  const { name, tool, runner, migrations, table } = given;
  return {
    ...{ name, tool: tool.name, title: tool.title, migrations, table },
    runner: runner === null ? null : { ...runner },
    files: Object.fromEntries(texts),
    edited: [...edited.keys()],
  };
}

function historyIn({ history }: Manifest): Recorded['history'] {
  if (history === null) return { table: null, rows: [], sequence: null };
  const { table, rows, sequence } = history;
  return { table, rows: rows.map((row) => bareRow(row)), sequence };
}

/** A number, a time, a truth value, a digest or an id: what says nothing of anybody. */
const plain = /^(?:[-+\d.:TZ ]*|t|f|true|false|[0-9a-f-]{32,128})$/;

/** Tools note more in their rows than is needed here, such as an error with the values that it names. */
export function bareRow(row: HistoryRow): Recorded['history']['rows'][number] {
  const bare = (value: string): string => (plain.test(value) ? value : '(left out)');
  if (row.name === undefined) return { ...row, hash: bare(row.hash) };
  const { said: _, ...rest } = row;
  const columns = Object.entries(row.columns).map(([column, value]) => [
    column,
    value === null || value === row.name ? value : bare(value),
  ]);
  return { ...rest, columns: Object.fromEntries(columns) as Record<string, string | null> };
}

/** They hang on the server around the database, or on how many rows there are. */
const besides: ReadonlySet<FindingCode> = new Set([
  ...(['pooler', 'replica', 'insufficient-privilege', 'blocked'] as const),
  ...([
    'pg-dump-missing',
    'pg-dump-too-old',
    'locks-table',
    'rewrites-table',
    'loses-data',
  ] as const),
]);

function codesOf(findings: readonly Finding[]): string[] {
  const codes = findings.flatMap(({ code }) => (besides.has(code) ? [] : [code]));
  return [...new Set(codes)].toSorted();
}

/** What pgmedic finds in the drill itself. */
async function foundIn(
  recorded: Recorded,
  sandbox: Sandbox,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const running = await startDrill(drillOfIncident(recorded), { sandbox, signal });
  try {
    const ground = await openGround({ dir: running.dir, databaseUrl: running.databaseUrl }, {});
    try {
      return (await look(ground, () => new Date(), { evidence: true, signal })).findings;
    } finally {
      await ground.close();
    }
  } finally {
    await running.stop();
  }
}

/** In the words of the drill's own diagnosis, which has seen no row. */
function toldOf(
  { name, title, goodRun }: Recorded,
  found: readonly Finding[],
): Pick<Recorded, 'page' | 'goal' | 'hints'> {
  const counting = found.filter(({ code }) => !besides.has(code));
  const [first = null] = counting.toSorted((a, b) => weight(a) - weight(b));
  const hints = counting.map(({ title: said, playbooks }) =>
    playbooks.length === 0 ? said : `${said} Playbooks for it: ${playbooks.join(', ')}.`,
  );
  return {
    page: `PAGE  an incident of ${name}, as it was before anybody touched it
${first?.title ?? 'Nothing is found by the diagnosis.'}
The schema and the history are those of that day; the tables are empty.`,
    goal: `Get ${title} to agree: nothing to run, nothing passed over, and the schema as the migrations make it.`,
    hints: [
      ...hints.slice(0, 3),
      `In the incident it was done with ${goodRun.playbooks.join(', then ')}.`,
    ],
  };
}

function weight({ severity }: Finding): number {
  return ['error', 'warning', 'info'].indexOf(severity);
}

function without(from: readonly string[], other: readonly string[]): string[] {
  return from.filter((one) => !other.includes(one));
}

function refused(why: string, next: readonly string[]): UserError {
  return new UserError(`This session cannot be made a drill: ${why}.`, [...next]);
}
