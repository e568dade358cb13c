import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'dotenv';
import { UserError } from '../core/errors.js';

/** A value with the words that tell the operator where it came from. */
export interface Found {
  readonly value: string;
  readonly origin: string;
}

type Values = Readonly<Record<string, string | undefined>>;

/** One place variables come from, nearest first in a list of them. */
export interface EnvSource {
  /** "environment" or ".env"; the variable's name follows it. */
  readonly name: string;
  readonly values: Values;
}

/** As Next.js and Vite have it: what is local to this machine wins over what is shared. */
const envFiles = ['.env.local', '.env'];

/**
 * The process environment, then the project's `.env.local` and `.env`. Nothing is written
 * into process.env. `${NAME}` in a file stands for a variable of these places.
 * @throws UserError when a file is there and cannot be read.
 */
export async function readEnvSources(
  env: NodeJS.ProcessEnv,
  project: string,
): Promise<readonly EnvSource[]> {
  const files = await Promise.all(
    envFiles.map(async (name) => ({ name, values: await readEnvFile(join(project, name), name) })),
  );
  const sources = [{ name: 'environment', values: env }, ...files];
  const all = mergeEnv(sources);
  return sources.map(({ name, values }) =>
    name === 'environment' ? { name, values } : { name, values: expand(values, all) },
  );
}

/** All sources in one record; an earlier source wins. */
export function mergeEnv(sources: readonly EnvSource[]): Record<string, string> {
  const merged: Record<string, string> = {};
  for (const { values } of sources.toReversed()) {
    for (const [name, value] of Object.entries(values)) {
      if (value !== undefined) merged[name] = value;
    }
  }
  return merged;
}

async function readEnvFile(path: string, name: string): Promise<Values> {
  try {
    return parse(await readFile(path, 'utf8'));
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
    // Some projects have a folder or a named pipe of that name; it is no file of variables.
    if (code === 'ENOENT' || code === 'EISDIR' || code === 'ENOTDIR') return {};
    throw new UserError(
      `${name} cannot be read (${code}).`,
      [`Make ${path} readable, or give the settings as options.`],
      { cause: error },
    );
  }
}

function expand(values: Values, all: Values): Values {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      name,
      value?.replaceAll(/\$\{(\w+)\}/g, (whole, other: string) =>
        other === name ? whole : (all[other] ?? whole),
      ),
    ]),
  );
}
