import { readdirSync, readFileSync } from 'node:fs';

/** The command lines of this process's descendants: other tests, which run beside it, are not ours to judge. */
export function commandLines(): string[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const parents = new Map(pids.map((pid) => [pid, parentOf(pid)]));
  const ours = (pid: string | undefined): boolean =>
    pid !== undefined && (pid === String(process.pid) || ours(parents.get(pid)));
  return pids.filter((pid) => ours(parents.get(pid))).map(commandLineOf);
}

function parentOf(pid: string): string | undefined {
  // "PID (name) state PPID ...", and a name may hold anything.
  return read(`/proc/${pid}/stat`).split(') ').at(-1)?.split(' ')[1];
}

function commandLineOf(pid: string): string {
  return read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ');
}

/** Empty for a process that has just gone. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
