import { basename } from 'node:path';
import { execa } from 'execa';
import { told } from '../postgres/observed.js';
import { programEnvironment } from './environment.js';
import { restoreBeside } from './find.js';

/** Of a program that does not answer. Milliseconds. */
const patience = 5000;

/**
 * Why a dump is not compressed with zstd; null where this pg_dump and the pg_restore beside it were
 * both built with it. Their versions do not tell (16 and later may have it), so they are asked:
 * pg_dump looks at its options before it connects, here to a place where nothing listens; pg_restore
 * is given the head of an archive.
 */
export async function whyNoZstd(pgDump: string): Promise<string | null> {
  const [dumps, restores] = await Promise.all([dumpsZstd(pgDump), restoresZstd(pgDump)]);
  return dumps ?? restores;
}

async function dumpsZstd(pgDump: string): Promise<string | null> {
  const options = ['--format=custom', '--compress=zstd', '--no-password', '--dbname=x'];
  const nowhere = { PGHOST: '/nonexistent', PGPORT: '1', PGUSER: 'x' };
  const said = await ask(pgDump, [...options, '--file=/dev/null'], nowhere);
  if (/does not support|not supported/i.test(said)) return 'pg_dump was built without zstd';
  if (/compress/i.test(said)) return 'zstd needs pg_dump 16';
  return /connection to server|could not connect/i.test(said)
    ? null
    : 'pg_dump does not say whether it has zstd';
}

async function restoresZstd(pgDump: string): Promise<string | null> {
  const said = await ask(restoreBeside(pgDump), ['--list'], {}, emptyArchive());
  const can = /Compression: zstd/.test(said) && !/does not support|not supported/i.test(said);
  return can ? null : 'the pg_restore beside pg_dump cannot read zstd';
}

async function ask(
  program: string,
  options: readonly string[],
  extra: Readonly<Record<string, string>>,
  input: Uint8Array = new Uint8Array(),
): Promise<string> {
  const text = [program, ...options].join(' ');
  return told({ kind: 'command', by: basename(program), text }, async () => {
    const result = await execa(program, options, {
      input,
      reject: false,
      extendEnv: false,
      env: programEnvironment(extra),
      timeout: patience,
      all: true,
    });
    return result.all;
  });
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
