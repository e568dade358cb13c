import { messageOf } from '../core/errors.js';
import type { Write } from '../core/plan.js';
import { checkOnly, readOnly } from './write-check.js';
import type { Attempt, WriteOptions, WriteResult } from './write-options.js';
import { failed } from './write-options.js';

type Batches = Extract<Write, { type: 'batches' }>;
type Batch = Extract<Write, { type: 'transaction' }>;

/** Milliseconds: how many rows there are is good to know, and worth no more. */
const COUNTING = 60_000;

/**
 * One statement in transactions of its own until it changes no row. `runOne` makes one of them,
 * with its own locks, checks and record of the transaction id. Whatever ends it early, the
 * batches before stay, and the message says so. So it does when a trigger takes back what a batch
 * did: at once where the rows themselves say it, else when far more were changed than there were.
 */
export async function runBatches(
  options: WriteOptions<Batches>,
  runOne: (batch: Batch) => Promise<Attempt>,
): Promise<WriteResult> {
  const { lock, before, statement, undo } = options.write;
  const batch: Batch = {
    type: 'transaction',
    lock,
    before,
    statements: [statement],
    after: [],
    undo,
  };
  const total = await countRows(options);
  let [rows, largest] = [0, 0];
  for (let batches = 0; ; batches++) {
    const { outcome, affected = 0, stillOpen = 0 } = await runOne(batch);
    if (outcome.state !== 'done') return interrupted(outcome, rows, batches);
    if (affected === 0) return ended(options, rows, batches);
    if (stillOpen === affected) {
      return endless(`all of the next ${affected} are without a value again`, rows, batches);
    }
    rows += affected - stillOpen;
    largest = Math.max(largest, affected);
    options.onBatch?.({ done: rows, total });
    if (total !== null && rows > 2 * total + 10 * largest) {
      return endless(`only ${total} were without a value at the start`, rows, batches + 1);
    }
  }
}

async function countRows(options: WriteOptions<Batches>): Promise<number | null> {
  const { url, target, write, timeouts } = options;
  const statementTimeout = Math.min(timeouts.statement || COUNTING, COUNTING);
  const asked = { url, target, statementTimeout };
  const [[count] = []] = await readOnly(asked, ({ rows }) => rows(write.count)).catch(() => []);
  return count == null ? null : Number(count);
}

function endless(what: string, rows: number, batches: number): WriteResult {
  return failed(
    `${amount(rows, batches)}, which stay. Stopped, since it would not come to an end: ${what}. A trigger of the table may take the value away, or rows without one come in as fast as they are filled.`,
    [
      'Look at the triggers of the table: \\d TABLE in psql.',
      'With that out of the way, the step goes on with the rows that are left.',
    ],
  );
}

function interrupted(
  outcome: Exclude<WriteResult['outcome'], { state: 'done' }>,
  rows: number,
  batches: number,
): WriteResult {
  if (outcome.state === 'notRun' || batches === 0) return { outcome, returned: [] };
  const message = `${amount(rows, batches)}, which stay. Then: ${outcome.message}`;
  const next = [...outcome.next, 'Begun anew, the step goes on with the rows that are left.'];
  return { outcome: { ...outcome, message, next }, returned: [] };
}

async function ended(
  options: WriteOptions<Batches>,
  rows: number,
  batches: number,
): Promise<WriteResult> {
  const { url, target, write, files, parser, timeouts } = options;
  const checks = write.after;
  const asked = { url, target, checks, files, parser, statementTimeout: timeouts.statement };
  const broken = await checkOnly(asked).catch(messageOf);
  if (broken === null) {
    return { outcome: { state: 'done', note: amount(rows, batches), xid: null }, returned: [] };
  }
  return failed(`${amount(rows, batches)}, which stay, and yet: ${broken}.`, [
    'Look at the rows that are left, then make a new plan.',
  ]);
}

function amount(rows: number, batches: number): string {
  return `${rows} ${rows === 1 ? 'row' : 'rows'} in ${batches} ${batches === 1 ? 'batch' : 'batches'}`;
}
