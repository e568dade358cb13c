import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Command, golangMigrate } from '../../src/drill/dirty-version/runner.js';
import { withConnection } from '../../src/postgres/connect.js';

/** `migrate up` or `migrate force V`: the real one where PGMEDIC_GOLANG_MIGRATE names a program, else its rule. */
export async function golangMigrateRun(
  dir: string,
  url: string,
  command: Command = { do: 'up' },
): Promise<string | null> {
  const folder = join(dir, 'db/migrations');
  const program = process.env['PGMEDIC_GOLANG_MIGRATE'];
  if (program !== undefined) return real(program, folder, url, command);
  return withConnection(url, { purpose: 'test' }, ({ client }) =>
    golangMigrate(client, folder, command),
  );
}

/** `PROGRAM FOLDER URL up|force [V]`: migrate.New("file://FOLDER", URL), then Up or Force; its error on stderr. */
async function real(
  program: string,
  folder: string,
  url: string,
  command: Command,
): Promise<string | null> {
  const more = command.do === 'force' ? [String(command.version)] : [];
  const args = [folder, `${url}?sslmode=disable`, command.do, ...more];
  return promisify(execFile)(program, args).then(
    () => null,
    ({ stderr }: { stderr: string }) => stderr,
  );
}
