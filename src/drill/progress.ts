import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { pgmedicHome } from '../files/state-folder.js';

/** Once that a drill was solved. */
const solvedShape = z.object({
  drill: z.string(),
  /** ISO 8601, UTC. */
  at: z.string(),
  seconds: z.number(),
  hints: z.number(),
});
const fileShape = z.object({ format: z.literal(1), solved: z.array(solvedShape) });

export type Solved = z.infer<typeof solvedShape>;

const nameOf = (env: NodeJS.ProcessEnv): string => join(pgmedicHome(env), 'drills.json');

/** What this person has solved, the oldest first; nothing where there is no such file, or none that can be read. */
export async function readSolved(env: NodeJS.ProcessEnv): Promise<readonly Solved[]> {
  try {
    return fileShape.parse(JSON.parse(await readFile(nameOf(env), 'utf8'))).solved;
  } catch {
    return [];
  }
}

/** Adds one, in $XDG_STATE_HOME/pgmedic/drills.json. */
export async function keepSolved(env: NodeJS.ProcessEnv, one: Solved): Promise<void> {
  const name = nameOf(env);
  const solved = [...(await readSolved(env)), one];
  await mkdir(pgmedicHome(env), { recursive: true, mode: 0o700 });
  const written = `${name}.${process.pid}`;
  await writeFile(written, `${JSON.stringify({ format: 1, solved }, null, 2)}\n`, { mode: 0o600 });
  await rename(written, name);
}
