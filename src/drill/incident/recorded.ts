import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { UserError, messageOf } from '../../core/errors.js';
import type { Tool } from '../../tools/contract.js';
import { drizzle1 } from '../../tools/drizzle-1/index.js';
import { handRolled, type RunnerSettings } from '../../tools/hand-rolled/index.js';
import { toolNamed } from '../../tools/index.js';
import type { Given } from '../from/given.js';

const text = z.string();
const table = z.object({ schema: text, table: text });

/** A finished incident as a drill, in one file: definitions and what the history said, and no row of a table. */
const shape = z.object({
  format: z.literal('pgmedic drill 1'),
  name: text,
  tool: text,
  /** How the tool names itself: "Drizzle 1.0". */
  title: text,
  runner: z.record(text, z.unknown()).nullable(),
  migrations: text,
  table,
  /** By their paths in the migrations folder, as they were when the incident began. */
  files: z.record(text, text),
  /** Those that the incident's session has written: nobody has to leave them as they are. */
  edited: z.array(text),
  /** Statements that make the schema as it was before the first write. */
  schema: z.array(text),
  /** Named in them. */
  roles: z.array(text),
  history: z.object({
    /** Where its rows stood; null: there was none. */
    table: table.nullable(),
    rows: z.array(z.looseObject({ id: text })),
    sequence: z.object({ name: text, next: z.number() }).nullable(),
  }),
  /** Codes of what the diagnosis finds in it. */
  findings: z.array(text),
  page: text,
  goal: text,
  hints: z.array(text),
  goodRun: z.object({ playbooks: z.array(text), writes: z.number() }),
});

export type Recorded = z.infer<typeof shape>;

/** @throws UserError where the file is no drill */
export async function readRecorded(path: string): Promise<Recorded> {
  try {
    return shape.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch (error) {
    const [issue] = error instanceof z.ZodError ? error.issues : [];
    const what = issue ? `${issue.path.join('.')}: ${issue.message}` : messageOf(error);
    throw new UserError(`${path} is no drill that pgmedic has written: ${what}.`, [
      'One is written with: pgmedic report SESSION --as-drill FILE',
    ]);
  }
}

/** The migrations as they were. */
export function givenOf(recorded: Recorded): Given {
  const { name, migrations, table } = recorded;
  const runner = recorded.runner as RunnerSettings | null;
  const files = Object.entries(recorded.files).map(
    ([path, content]) => [path, Buffer.from(content)] as const,
  );
  return { ...{ name, migrations, table, runner }, tool: toolOf(recorded), files: new Map(files) };
}

function toolOf({ tool, title, runner }: Recorded): Tool {
  if (title === drizzle1.title) return drizzle1;
  return tool === 'hand-rolled' ? handRolled(runner) : toolNamed(tool);
}
