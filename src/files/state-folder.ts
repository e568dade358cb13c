import { createHash } from 'node:crypto';
import { chmod, mkdir, realpath, stat, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, dirname, isAbsolute, join } from 'node:path';
import { UserError, messageOf } from '../core/errors.js';

/** Where a project's run logs, backups and reports live. Absolute paths, each 0700. */
export interface StateFolder {
  readonly root: string;
  readonly sessions: string;
  readonly backups: string;
  readonly reports: string;
}

/**
 * Makes the state folder of a project: $XDG_STATE_HOME/pgmedic/NAME-HASH, with
 * ~/.local/state where the variable is not set. The hash is of the project's real path, so
 * that two checkouts of one name stay apart.
 * @throws UserError when it cannot be made or belongs to another user.
 */
export async function stateFolder(env: NodeJS.ProcessEnv, project: string): Promise<StateFolder> {
  const real = await realpath(project);
  const ours = pgmedicHome(env);
  const hash = createHash('sha256').update(real).digest('hex').slice(0, 8);
  // The name is for people; what a shell or a terminal might take amiss is replaced.
  const name = basename(real).replaceAll(/[^\w.-]/g, '_') || 'root';
  const root = join(ours, `${name}-${hash}`);
  const folder = {
    root,
    sessions: join(root, 'sessions'),
    backups: join(root, 'backups'),
    reports: join(root, 'reports'),
  };
  try {
    await mkdir(dirname(ours), { recursive: true, mode: 0o700 });
    for (const path of [ours, root, folder.sessions, folder.backups, folder.reports]) {
      await makePrivate(path);
    }
    // The home folder, or the place named, may itself be a git tree.
    await writeFile(join(ours, '.gitignore'), '*\n', { mode: 0o600 });
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(
      `pgmedic cannot keep its run logs and backups in ${root}: ${messageOf(error)}.`,
      ['Name a folder that may be written with XDG_STATE_HOME=/PATH.'],
      { cause: error },
    );
  }
  return folder;
}

/** Where everything of pgmedic's own is kept; it may not be there yet. */
export function pgmedicHome(env: NodeJS.ProcessEnv): string {
  return join(stateHome(env), 'pgmedic');
}

/** A relative XDG_STATE_HOME is to be ignored, says the XDG specification. */
function stateHome(env: NodeJS.ProcessEnv): string {
  const named = env['XDG_STATE_HOME'];
  if (named !== undefined && isAbsolute(named)) return named;
  const home = env['HOME'] || homedir();
  if (isAbsolute(home)) return join(home, '.local', 'state');
  throw new UserError('There is no home folder for run logs and backups: HOME is not set.', [
    'Set HOME, or name a folder with XDG_STATE_HOME=/PATH.',
  ]);
}

async function makePrivate(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 });
  const { mode, uid } = await stat(path);
  if ((mode & 0o077) === 0) return;
  const me = process.getuid?.();
  if (me === undefined) return;
  if (uid === me) {
    await chmod(path, 0o700);
    return;
  }
  throw new UserError(`${path} belongs to another user and is open to others.`, [
    'Backups must not be read by others: chmod 700 it, or name another folder with XDG_STATE_HOME=/PATH.',
  ]);
}
