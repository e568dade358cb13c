/** Takes a lock, is stopped or killed before its nth operation on the disk, and says what came of it. */
import { takeLock } from '../../src/files/run-log-lock.js';
import { killAtOperation } from '../runtime/operations.js';

const [path = '', at = '', signal = ''] = process.argv.slice(2);
const counting = await killAtOperation({
  killAt: Number(at),
  midway: false,
  everywhere: false,
  signal: signal as NodeJS.Signals,
});
counting.begin();
const got = await takeLock(path, 'the log').then(
  () => 'taken',
  (error: Error) => error.message,
);
process.stdout.write(`${got}\n`);
// It has the lock until it is ended.
process.stdin.resume();
