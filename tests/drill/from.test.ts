import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { drillFromFolder, drillOf } from '../../src/drill/from/drill.js';
import { kinds } from '../../src/drill/from/faults.js';
import { readGiven } from '../../src/drill/from/given.js';
import { sceneOf } from '../../src/drill/from/scene.js';
import type { Drill } from '../../src/drill/ground.js';
import { type RunningDrill, startDrill } from '../../src/drill/run.js';
import { deepTest } from '../support/deep-test.js';
import { expectGoodRun, operatorOf } from './recover.js';
import { sandboxOfTheRun } from './support.js';

/** A team's project, for Drizzle. */
const shop: Readonly<Record<string, string>> = {
  '0000_users':
    'CREATE TABLE "users" ("id" serial PRIMARY KEY NOT NULL, "email" text NOT NULL UNIQUE);',
  '0001_orders': `CREATE TABLE "orders" ("id" uuid PRIMARY KEY DEFAULT gen_random_uuid(), "user_id" integer NOT NULL REFERENCES "users", "cents" integer NOT NULL);--> statement-breakpoint
CREATE INDEX "orders_user_id_idx" ON "orders" ("user_id");`,
  '0002_notes': 'CREATE TABLE "notes" ("order_id" uuid NOT NULL REFERENCES "orders", "text" text);',
  '0003_states': `CREATE TYPE "state" AS ENUM('open', 'paid');--> statement-breakpoint
ALTER TABLE "orders" ADD COLUMN "state" "state" DEFAULT 'open' NOT NULL;--> statement-breakpoint
CREATE INDEX "orders_state_idx" ON "orders" ("state");`,
};

async function projectOf(files: Readonly<Record<string, string>>): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'drill-from-'));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(dir, path)), { recursive: true });
    await writeFile(join(dir, path), text);
  }
  return dir;
}

function drizzleFiles(sources = shop): Record<string, string> {
  const entries = Object.keys(sources).map((tag, idx) => ({
    ...{ idx, version: '7', when: 1_750_000_000_000 + idx * 1_000_000, tag, breakpoints: true },
  }));
  const journal = JSON.stringify({ version: '7', dialect: 'postgresql', entries }, null, 2);
  const sql = Object.entries(sources).map(([tag, text]) => [`drizzle/${tag}.sql`, text]);
  return { 'drizzle/meta/_journal.json': journal, ...Object.fromEntries(sql) };
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

async function start(drill: Drill): Promise<RunningDrill> {
  const running = await startDrill(drill, { sandbox: sandboxOfTheRun() });
  onTestFinished(running.stop);
  return running;
}

describe('each kind of fault in a project of Drizzle', () => {
  for (const kind of kinds) {
    test(`${kind.name}: the good run solves it`, async () => {
      const given = await readGiven(await projectOf(drizzleFiles()), {});
      const sandbox = sandboxOfTheRun();
      const scene = await sceneOf(given, sandbox);
      const fault = kind.faults(scene).at(-1);
      if (fault === undefined) throw new Error(`${kind.name} does not apply`);
      const drill = await drillOf(scene, fault, { seed: 1, sandbox });
      const running = await start(drill);
      expect((await running.judge()).solved).toBe(false);
      const operator = await operatorOf(running);
      await playGoodRun(running, operator, drill);
      expect(await running.judge()).toEqual({ solved: true, facts: expect.anything() });
      await expectGoodRun(operator, drill);
    });
  }
});
