import { execa } from 'execa';
import { programEnvironment } from './environment.js';
import { restoreBeside } from './find.js';

/** Of a program that does not answer. Milliseconds. */
const patience = 5000;

/**
 * Whether this pg_dump and the pg_restore beside it were both built with zstd. Their versions do
 * not tell (16 and later may have it), so they are asked: pg_dump looks at its options before it
 * connects, here to a place where nothing listens; pg_restore is given the head of an archive.
 */
export async function canZstd(pgDump: string): Promise<boolean> {
  const [dumps, restores] = await Promise.all([dumpsZstd(pgDump), restoresZstd(pgDump)]);
  return dumps && restores;
}

async function dumpsZstd(pgDump: string): Promise<boolean> {
  const options = ['--format=custom', '--compress=zstd', '--no-password', '--dbname=x'];
  const nowhere = { PGHOST: '/nonexistent', PGPORT: '1', PGUSER: 'x' };
  const said = await ask(pgDump, [...options, '--file=/dev/null'], nowhere);
  return /connection to server|could not connect/i.test(said) && !/compress/i.test(said);
}

async function restoresZstd(pgDump: string): Promise<boolean> {
  const said = await ask(restoreBeside(pgDump), ['--list'], {}, emptyArchive());
  return /Compression: zstd/.test(said) && !/does not support|not supported/i.test(said);
}

async function ask(
  program: string,
  options: readonly string[],
  extra: Readonly<Record<string, string>>,
  input: Uint8Array = new Uint8Array(),
): Promise<string> {
  const result = await execa(program, options, {
    input,
    reject: false,
    extendEnv: false,
    env: programEnvironment(extra),
    timeout: patience,
    all: true,
  });
  return result.all;
}

/** The head of an archive in the custom format of pg_dump 16 (1.15), compressed with zstd, that holds nothing. */
function emptyArchive(): Uint8Array {
  const int = (value: number): number[] => [0, value, 0, 0, 0];
  const text = (value: string): number[] => [...int(value.length), ...Buffer.from(value)];
  const created = [0, 0, 0, 1, 0, 126, 0].flatMap(int);
  return Uint8Array.from([
    ...Buffer.from('PGDMP'),
    ...[1, 15, 0, 4, 8, 1, 3],
    ...created,
    ...text('x'),
    ...text('16.0'),
    ...text('16.0'),
    ...int(0),
  ]);
}
