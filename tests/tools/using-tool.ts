import { afterAll, beforeAll, beforeEach, expect } from 'vitest';
import { recovering, states, type Recovering } from '../playbooks/session.js';
import {
  codesOf,
  openToolProject,
  type RealTool,
  type ToolProject,
} from '../support/tool-project.js';

/** What the tests of one tool share. */
export interface UsedTool {
  readonly project: ToolProject;
  /** Opened when it is first used: most tests only look. */
  readonly session: Pick<Recovering, 'play' | 'undo' | 'report'>;
}

/** A project of this tool for the tests of a file, given to `take` before the first; each begins with an empty database and these files. */
export function usingTool(
  tool: RealTool,
  base: Readonly<Record<string, string>>,
  take: (used: UsedTool) => void,
): void {
  let project: ToolProject;
  let opened: Promise<Recovering> | null = null;
  const session = (): Promise<Recovering> => (opened ??= recovering(project));
  beforeAll(async () => {
    project = await openToolProject(tool);
    await project.put(base);
    const play: Recovering['play'] = async (...what) => (await session()).play(...what);
    const undo: Recovering['undo'] = async (...what) => (await session()).undo(...what);
    const report = async (): Promise<string> => (await session()).report();
    take({ project, session: { play, undo, report } });
  });
  afterAll(async () => {
    await (await opened)?.close();
    await project.close();
  });
  beforeEach(async () => {
    await project.reset();
    await project.put(base);
  });
}

/** A migration that is there is unmarked and marked again, and then rolled back by its own down: the real tool agrees. */
export async function marksAndRollsBack({ project, session }: UsedTool, id: string): Promise<void> {
  const answers = { reason: 'for the test' };
  await session.play('mark-unapplied', { migrations: [id], answers });
  expect((await project.look(false)).nextRun.runs).toEqual([id]);
  const marked = await session.play('mark-applied', { migrations: [id] });
  expect(states(marked)).toMatchObject({ [`mark:${id}`]: 'done', agree: 'done' });
  expect(codesOf(await project.agree(true))).toEqual([]);
  await rollsBack({ project, session }, id);
}

/** By its own down; then the real tool runs it again. */
export async function rollsBack(
  { project, session }: UsedTool,
  id: string,
): Promise<Awaited<ReturnType<Recovering['play']>>> {
  const back = await session.play('roll-back', {
    migrations: [id],
    answers: { way: 'down' },
    targetName: new URL(project.url).pathname.slice(1),
  });
  expect((await project.agree()).nextRun.runs).toEqual([id]);
  return back;
}

/**
 * SQL that would show it if more or less of it were sent than was read: several statements, and
 * signs that mean something to JavaScript or to a query builder. As it stands in a template.
 */
export const tricky = [
  "CREATE TABLE tricky (a text DEFAULT 'x''\\\\y ? $1 :b {c} \\`d\\` \\${e}'); COMMENT ON TABLE tricky IS 'é 😀 \\u0041'",
  'CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $$ BEGIN RETURN 1; END $$',
];

/** The real tool runs this file, and what it made is what was read in it. */
export async function runsAsRead(
  { project }: Pick<UsedTool, 'project'>,
  files: Readonly<Record<string, string>>,
): Promise<void> {
  await project.put(files);
  expect((await project.agree(true)).nextRun.fails).toBeNull();
  const { board, findings } = await project.look();
  expect(findings.flatMap(({ evidence }) => evidence)).toEqual([]);
  expect(board.at(-1)).toMatchObject({ history: 'recorded', schema: 'present' });
}
