import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Tool } from '../tools/contract.js';
import { drizzle } from '../tools/drizzle/index.js';
import { drizzle1, drizzle1OnOldFolder } from '../tools/drizzle-1/index.js';
import { kindOf } from './project.js';

/**
 * Drizzle as it runs on this folder: 0.x by a journal, 1.0 by a folder for each migration. The
 * drizzle-orm of the package decides where that does not fit: neither runs the other's layout.
 */
export async function drizzleFor(folder: string): Promise<Tool> {
  const folders = await holdsFolders(folder, await readdir(folder).catch(() => []));
  const major = await majorOf(folder);
  if (!(await hasJournal(folder))) return folders && major !== 0 ? drizzle1 : drizzle;
  if (major !== 1) return drizzle;
  return folders ? drizzle1 : drizzle1OnOldFolder;
}

export async function hasJournal(folder: string): Promise<boolean> {
  return (await kindOf(join(folder, 'meta', '_journal.json'))) !== 'missing';
}

/** Whether one of these names in the folder is a migration of 1.0. */
export async function holdsFolders(folder: string, names: readonly string[]): Promise<boolean> {
  const likely = names.filter((name) => /^\d{14}/.test(name));
  const kinds = await Promise.all(
    likely.map((name) => kindOf(join(folder, name, 'migration.sql'))),
  );
  return kinds.some((kind) => kind !== 'missing');
}

/** The major version of drizzle-orm: the installed one, else the one that is asked for; null: neither tells. */
async function majorOf(folder: string): Promise<number | null> {
  for (let at = folder; ; at = dirname(at)) {
    const installed = await readJson(join(at, 'node_modules', 'drizzle-orm', 'package.json'));
    const { dependencies, devDependencies } = await readJson(join(at, 'package.json'));
    const versions = [installed['version'], orm(dependencies), orm(devDependencies)];
    const major = versions.flatMap((one) => /^\D*(\d+)\./.exec(String(one))?.[1] ?? [])[0];
    if (major !== undefined) return Number(major);
    if (at === dirname(at)) return null;
  }
}

function orm(dependencies: unknown): unknown {
  return isRecord(dependencies) ? dependencies['drizzle-orm'] : undefined;
}

async function readJson(path: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    const value: unknown = JSON.parse(await readFile(path, 'utf8'));
    return isRecord(value) ? value : {};
  } catch {
    return {};
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
