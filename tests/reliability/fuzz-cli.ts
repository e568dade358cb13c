import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  cp,
  mkdir,
  mkdtemp,
  readFile,
  readdir,
  realpath,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { expect } from 'vitest';
import { sandboxServer } from '../support/server.js';
import { bundled } from '../support/bundled.js';
import { spoiled, spoils } from './fuzz-mutate.js';
import { projectFiles } from './fuzz-readers.js';
import { randomOf } from './random.js';
import type { Trial } from './row.js';

const PASSWORD = /\/\/[^/:@\s]+:([^@\s]+)@/;

/** Runs of the real program over spoiled projects: exit code, output, and that nothing was changed. */
export async function cliSample(
  count: number,
  { url, dir }: { readonly url: string; readonly dir: string },
  { seed, ended }: Trial,
): Promise<void> {
  const program = await bundled('tests/reliability/fuzz-program.ts');
  const root = await realpath(await mkdtemp(join(tmpdir(), 'pgmedic-odd-')));
  const project = join(root, 'project');
  const random = randomOf(`${seed} program`);
  const password = PASSWORD.exec(url)?.[1] ?? 'no password in the URL';
  const samples = fc.sample(spoils, { numRuns: count, seed });
  const paths = Object.keys(projectFiles);
  for (const by of samples) {
    await rm(project, { recursive: true, force: true });
    await cp(dir, project, { recursive: true });
    const path = join(project, 'drizzle', paths[Math.floor(random() * paths.length)] ?? '');
    const place = random();
    await (place < 0.6
      ? writeFile(path, spoiled(await readFile(path), by))
      : rm(path).then(() => inPlaceOf(path, place, root)));
    await mkdir(join(project, 'pgmedic', 'playbooks'), { recursive: true });
    if (random() < 0.3) {
      const text = await readFile(new URL('../../playbooks/mark-applied.yaml', import.meta.url));
      await writeFile(join(project, 'pgmedic', 'playbooks', 'own.yaml'), spoiled(text, by));
    }
    await writeFile(
      join(project, 'plan.json'),
      spoiled(Buffer.from('{"format":1,"steps":[]}'), by),
    );
    const json = ['diagnose', '--json'];
    const commands = [
      json,
      json,
      ['plan', 'reconcile-journal'],
      ['apply', 'plan.json'],
      ['sessions', '--json'],
      ['report'],
      ['resume'],
    ];
    const args = commands[Math.floor(random() * commands.length)] ?? json;
    const where = ['--dir', project, '--sandbox-url', sandboxServer().adminUrl];
    const before = await filesIn(project);
    const run = await follow(
      program.path,
      [...args, ...(args[0] === 'sessions' || args[0] === 'report' ? where.slice(0, 2) : where)],
      {
        DATABASE_URL: url,
        HOME: root,
        XDG_STATE_HOME: join(root, 'state'),
      },
    );
    const what = `${args.join(' ')} ${path} ${JSON.stringify(by)}\n${run.code}\n${run.out}\n${run.err}`;
    expect([0, 1, 2, 3, 4], what).toContain(run.code);
    expect(`${run.out}${run.err}`, what).not.toMatch(
      /\n\s+at .*:\d+:\d+|\[object |mistake in pgmedic|undefined(?!\.sql|")/,
    );
    expect(`${run.out}${run.err}`, what).not.toContain(password);
    if (args.includes('--json') && run.out !== '')
      expect(() => void JSON.parse(run.out), what).not.toThrow();
    if (run.code !== 0 && run.code !== 1) expect(run.err.trim(), what).not.toBe('');
    expect(await filesIn(project), what).toBe(before);
    ended(`the program: exit code ${run.code}`);
  }
  await rm(root, { recursive: true });
  await program.remove();
}

/** A folder, a pipe, a link to nowhere, to itself, or out of the project. */
async function inPlaceOf(path: string, place: number, root: string): Promise<void> {
  if (place < 0.7) await mkdir(path);
  else if (place < 0.8)
    await once(spawn('/usr/bin/mkfifo', [path]), 'close').catch(() => mkdir(path));
  else if (place < 0.9) await symlink(place < 0.85 ? '/nosuch/file' : path, path);
  else await symlink(dirname(root), path);
}

async function follow(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
) {
  const { PATH, XDG_CACHE_HOME, TMPDIR } = process.env;
  const child = spawn(process.execPath, [program, ...args], {
    env: { PATH, ...(TMPDIR && { TMPDIR }), XDG_CACHE_HOME, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let out = '';
  let err = '';
  child.stdout.on('data', (data: Buffer) => (out += data.toString()));
  child.stderr.on('data', (data: Buffer) => (err += data.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, out, err };
}

/** Names, kinds and bytes. */
async function filesIn(folder: string): Promise<string> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const all = entries.map(async (entry) => {
    const path = join(entry.parentPath, entry.name);
    return `${path} ${entry.isFile() ? (await readFile(path)).toString('base64') : entry.isDirectory()}`;
  });
  return (await Promise.all(all)).toSorted().join('\n');
}
