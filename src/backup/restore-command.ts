import type { DumperFacts } from '../core/facts.js';
import { urlParts } from '../postgres/connect.js';

/**
 * The command that restores a dump by hand, into a new database beside the old one; without
 * the password, which psql and pg_restore ask for or take from PGPASSWORD.
 */
export function restoreCommand(
  url: string,
  path: string,
  dumper: DumperFacts,
  serverVersionNum: number,
): string {
  const { host, port, user, database } = urlParts(url);
  const where = [`--host=${host}`, `--port=${port}`, `--username=${user}`];
  const copy = `${database}_restored`;
  const create = ['createdb', ...where, '--template=template0', copy];
  // A newer pg_restore begins with a setting (transaction_timeout) that servers before 17 refuse.
  const strange = serverVersionNum < 170_000 && Number.parseInt(dumper.version ?? '', 10) >= 17;
  const restore =
    dumper.use === 'native'
      ? ['pg_restore', ...where, `--dbname=${copy}`, ...(strange ? [] : ['--exit-on-error']), path]
      : [
          'psql',
          ...where,
          `--dbname=${copy}`,
          '--no-psqlrc',
          '--quiet',
          '--set=ON_ERROR_STOP=1',
          `--file=${path}`,
        ];
  return `${create.map(shellWord).join(' ')} && ${restore.map(shellWord).join(' ')}`;
}

/** As a POSIX shell takes it for one word. */
export function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
