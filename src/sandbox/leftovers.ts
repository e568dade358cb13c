import { lstat, readdir, readFile, rm } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** Every sandbox folder begins with this. */
export const folderPrefix = 'pgmedic-sandbox-';

/** The sockets that say who is alive: the kernel closes them with their process, so no reused pid can deceive. */
const signsOfLife = { keeper: 'keeper.sock', owner: 'owner.sock' } as const;

/** A folder without any socket is only just being made, unless it is older than this (milliseconds). */
const making = 60_000;

/** Shows that the keeper or the owner of this sandbox lives, for as long as the process does. */
export async function showLife(folder: string, who: keyof typeof signsOfLife): Promise<Server> {
  const server = createServer((socket) => socket.destroy());
  const path = join(folder, signsOfLife[who]);
  await new Promise<void>((resolve, reject) => {
    // Open to all within a 0700 folder: the sweep of an unprivileged keeper must reach root's socket.
    server.once('error', reject).listen({ path, readableAll: true, writableAll: true }, resolve);
  });
  return server.unref();
}

/**
 * Removes the sandboxes in `base` that belong to this user and whose keeper and owner are both
 * dead, with the server if it still runs. Those of a living pgmedic are not touched.
 */
export async function sweep(base: string): Promise<void> {
  const names = await readdir(base);
  for (const name of names.filter((each) => each.startsWith(folderPrefix))) {
    const folder = join(base, name);
    try {
      const stat = await lstat(folder);
      if (!stat.isDirectory() || stat.uid !== process.geteuid?.()) continue;
      if (!(await isAlive(folder, Date.now() - stat.mtimeMs))) await removeSandbox(folder);
    } catch {
      // Gone meanwhile, swept by another start, or not removable: not ours to complain about.
    }
  }
}

/** Kills the server of a sandbox folder if it still runs, and removes the folder. */
export async function removeSandbox(folder: string): Promise<void> {
  const data = join(folder, 'data');
  const pid = await postmasterPid(data);
  if (pid !== null) {
    process.kill(pid, 'SIGQUIT');
    for (let waited = 0; (await postmasterPid(data)) === pid; waited += 20) {
      if (waited === 8000) process.kill(pid, 'SIGKILL');
      if (waited > 10_000) throw new Error(`the server ${pid} of ${folder} does not end`);
      await sleep(20);
    }
  }
  await rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
}

async function isAlive(folder: string, age: number): Promise<boolean> {
  const signs = await Promise.all(
    Object.values(signsOfLife).map((name) => answers(join(folder, name))),
  );
  if (signs.every((sign) => sign === 'absent')) return age < making;
  return signs.includes('alive');
}

/** Only a refusal is a proof of death; any other failure counts as life. */
async function answers(path: string): Promise<'alive' | 'dead' | 'absent'> {
  return new Promise((resolve) => {
    const socket = connect(path, () => {
      socket.destroy();
      resolve('alive');
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      resolve(
        error.code === 'ECONNREFUSED' ? 'dead' : error.code === 'ENOENT' ? 'absent' : 'alive',
      );
    });
  });
}

/**
 * The pid in postmaster.pid, if that process really is the postmaster of this folder: its
 * command line names the folder, whose name is random. null otherwise (ended, or pid reused).
 */
async function postmasterPid(data: string): Promise<number | null> {
  const text = await readFile(join(data, 'postmaster.pid'), 'utf8').catch(() => '');
  const pid = Number(text.split('\n')[0]);
  if (!Number.isInteger(pid) || pid < 2) return null;
  return (await commandLine(pid)).includes(data) ? pid : null;
}

/** The arguments of a process, joined; empty when there is none. A zombie has none either. */
async function commandLine(pid: number): Promise<string> {
  if (process.platform === 'linux') {
    return readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  }
  return new Promise((resolve) => {
    execFile('/bin/ps', ['-ww', '-o', 'command=', '-p', String(pid)], (_error, out) =>
      resolve(out),
    );
  });
}
