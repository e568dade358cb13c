import { access, constants, lstat, readFile, realpath } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { UserError } from '../core/errors.js';
import { enterableByAll, wayOut } from './native.js';

/** Whom the server runs as, when not as ourselves. */
export interface ServerUser {
  readonly uid: number;
  readonly gid: number;
}

/**
 * PostgreSQL refuses to run as root, so for root it is `nobody` of /etc/passwd (initdb wants a
 * user with a name); null for an ordinary user, who runs it directly.
 *
 * @throws UserError when root has no unprivileged user to offer
 */
export async function serverUser(): Promise<ServerUser | null> {
  if (process.geteuid?.() !== 0) return null;
  const passwd = await readFile('/etc/passwd', 'utf8').catch(() => '');
  for (const name of ['nobody', 'daemon']) {
    const fields = passwd
      .split('\n')
      .find((line) => line.startsWith(`${name}:`))
      ?.split(':');
    // macOS writes nobody's -2; the kernel means 4294967294.
    const [uid, gid] = [Number(fields?.[2]) >>> 0, Number(fields?.[3]) >>> 0];
    if (fields !== undefined && uid !== 0) return { uid, gid };
  }
  throw new UserError(
    'The sandbox, a throw-away PostgreSQL, cannot run as root, and /etc/passwd has no user nobody to run it as.',
    ['Run pgmedic as an ordinary user.', wayOut],
  );
}

/** A folder's socket path must fit into sockaddr_un: 103 bytes on macOS, 107 on Linux. */
const longestBase = 68;

/**
 * Where the sandbox's own folder is made: the temporary folder, or /tmp when that one is too
 * deep for a socket or closed to the server's user (root's private TMPDIR).
 *
 * @throws UserError when neither will do
 */
export async function baseFolder(user: ServerUser | null): Promise<string> {
  for (const candidate of [tmpdir(), '/tmp']) {
    const base = await realpath(candidate).catch(() => null);
    if (base === null || Buffer.byteLength(base) > longestBase) continue;
    if (user === null ? await writable(base) : await openToAll(base)) return base;
  }
  throw new UserError(
    `The sandbox has no temporary folder to live in: neither ${tmpdir()} nor /tmp can be used${user === null ? '' : ' by an unprivileged user'}.`,
    [
      `Set TMPDIR to a folder whose path is at most ${longestBase} bytes long and that can be written.`,
      wayOut,
    ],
  );
}

async function writable(folder: string): Promise<boolean> {
  return access(folder, constants.W_OK | constants.X_OK).then(
    () => true,
    () => false,
  );
}

async function openToAll(folder: string): Promise<boolean> {
  return ((await lstat(folder)).mode & 0o003) === 0o003 && (await enterableByAll(folder));
}
