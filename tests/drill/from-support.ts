import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { readGiven } from '../../src/drill/from/given.js';
import { sceneOf } from '../../src/drill/from/scene.js';
import type { Drill } from '../../src/drill/ground.js';
import { type RunningDrill, startDrill } from '../../src/drill/run.js';
import { expectGoodRun, operatorOf } from './recover.js';
import { sandboxOfTheRun } from './support.js';

/** A team's project, for Drizzle. */
export const shop: Readonly<Record<string, string>> = {
  '0000_users':
    'CREATE TABLE "users" ("id" serial PRIMARY KEY NOT NULL, "email" text NOT NULL UNIQUE);',
  '0001_orders': `CREATE TABLE "orders" ("id" uuid PRIMARY KEY DEFAULT gen_random_uuid(), "user_id" integer NOT NULL REFERENCES "users", "cents" integer NOT NULL);--> statement-breakpoint
CREATE INDEX "orders_user_id_idx" ON "orders" ("user_id");`,
  '0002_notes': 'CREATE TABLE "notes" ("order_id" uuid NOT NULL REFERENCES "orders", "text" text);',
  '0003_states': `CREATE TYPE "state" AS ENUM('open', 'paid');--> statement-breakpoint
ALTER TABLE "orders" ADD COLUMN "state" "state" DEFAULT 'open' NOT NULL;--> statement-breakpoint
CREATE INDEX "orders_state_idx" ON "orders" ("state");`,
};

export function drizzleFiles(sources = shop): Record<string, string> {
  const entries = Object.keys(sources).map((tag, idx) => ({
    ...{ idx, version: '7', when: 1_750_000_000_000 + idx * 1_000_000, tag, breakpoints: true },
  }));
  const journal = JSON.stringify({ version: '7', dialect: 'postgresql', entries }, null, 2);
  const sql = Object.entries(sources).map(([tag, text]) => [`drizzle/${tag}.sql`, text]);
  return { 'drizzle/meta/_journal.json': journal, ...Object.fromEntries(sql) };
}

export async function projectOf(files: Readonly<Record<string, string>>): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'drill-from-'));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(dir, path)), { recursive: true });
    await writeFile(join(dir, path), text);
  }
  return dir;
}

/** What the last column of the board calls for. */
async function playGoodRun(
  running: RunningDrill,
  operator: Awaited<ReturnType<typeof operatorOf>>,
  { goodRun, happened = '' }: Drill,
): Promise<void> {
  const targetName = new URL(running.databaseUrl).pathname.slice(1);
  for (const playbook of goodRun.playbooks) {
    const { board } = await operator.diagnose();
    const [named] = board.filter(({ id }) => happened.includes(id));
    const migrations =
      ['baseline', 'reconcile-journal'].includes(playbook) || named === undefined ? [] : [named.id];
    const answers = playbook === 'reconcile-journal' ? { apply: 'yes' } : {};
    await operator.play(playbook, { migrations, answers, targetName });
  }
}

export async function startDrillOf(drill: Drill): Promise<RunningDrill> {
  const running = await startDrill(drill, { sandbox: sandboxOfTheRun() });
  onTestFinished(running.stop);
  return running;
}

/** The project in a folder of its own, read and replayed. */
export async function sceneIn(
  files: Readonly<Record<string, string>>,
  options: { readonly tool?: string } = {},
) {
  const sandbox = sandboxOfTheRun();
  const dir = await projectOf(files);
  const given = await readGiven(dir, options);
  return { dir, given, sandbox, scene: await sceneOf(given, sandbox) };
}

/** It is not solved before its good run, and is solved by it. */
export async function playFault(drill: Drill): Promise<void> {
  const running = await startDrillOf(drill);
  expect((await running.judge()).solved).toBe(false);
  const operator = await operatorOf(running);
  await playGoodRun(running, operator, drill);
  expect(await running.judge()).toEqual({ solved: true, facts: expect.anything() });
  await expectGoodRun(operator, drill);
}
