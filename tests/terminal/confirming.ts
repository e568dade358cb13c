import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { kitProject } from '../../src/drill/kit-project.js';
import { makeProject } from '../../src/drill/project.js';
import { withConnection } from '../../src/postgres/connect.js';
import { one, sandboxOfTheRun } from '../drill/support.js';
import { createTestDatabase, testServer } from '../support/server.js';

/** What a session can be asked before it writes, or before it goes on without a proof. */
export type Kind = 'key' | 'command' | 'word' | 'name' | 'reason';

/** A plan of two writes of one kind; the first of them is what is to be confirmed. */
export interface ToConfirm {
  readonly dir: string;
  /** The playbook, and how it is called in a list. */
  readonly playbook: string;
  readonly title: string;
  /** The question, as both faces put it. */
  readonly asks: string;
  /** What says yes. */
  readonly answer: string;
  /** How many of the two were written, by the database or the command's file. */
  written(): Promise<number>;
}

const sql = (by: string): string => `insert into marks ("by") values ('${by}')`;

function playbook(name: string, title: string, step: (by: string) => string): string {
  const steps = ['first', 'second'].map(
    (by) => `  - ${step(by)}\n    id: ${by}\n    title: Mark ${by}\n`,
  );
  return `name: ${name}\ntitle: ${title}\nsummary: Writes two marks.\ntools: []\ntreats: []\nmigrations: none\nsteps:\n${steps.join('')}`;
}

const writes =
  (risk: string) =>
  (by: string): string =>
    `write: sql\n    sql: ${sql(by)}\n    risk: ${risk}`;

const playbooks: Readonly<Record<string, string>> = {
  'two-keys': playbook('two-keys', 'Two keys', writes('reversible')),
  'two-words': playbook('two-words', 'Two words', writes('ddl')),
  'two-names': playbook('two-names', 'Two names', writes('destructive')),
  'two-commands': playbook(
    'two-commands',
    'Two commands',
    (by) => `command: [node, mark.cjs, ${by}]`,
  ),
};

const project = kitProject({
  name: 'marks',
  version: '1.0.0',
  sources: [
    {
      tag: '0000_marks',
      when: 1_736_154_000_000,
      sql: 'CREATE TABLE "marks" ("id" serial PRIMARY KEY NOT NULL, "by" text NOT NULL);',
    },
  ],
  without: null,
  data: [],
  files: {
    'mark.cjs': "require('node:fs').appendFileSync('marks.txt', `${process.argv[2]}\\n`);\n",
    ...Object.fromEntries(
      Object.entries(playbooks).map(([name, text]) => [`pgmedic/playbooks/${name}.yaml`, text]),
    ),
  },
});

/** A proof that takes as long as the operator lets it: in the copy, the index is built for a minute. */
const slowProof = `
  INSERT INTO marks ("by") VALUES ('seed');
  CREATE FUNCTION slowly(id int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN
    IF current_database() !~ '^test_' THEN PERFORM pg_sleep(60); END IF; RETURN id; END $$;
  CREATE INDEX slow ON marks (slowly(id));`;

export interface Ground {
  /** A database and a project of its own for one test. */
  toConfirm(kind: Kind): Promise<ToConfirm>;
  close(): Promise<void>;
}

export async function openGround(): Promise<Ground> {
  const template = await createTestDatabase();
  const root = await mkdtemp(join(tmpdir(), 'pgmedic-test-'));
  const made = join(root, 'marks');
  await makeProject({ url: template.url, dir: made, sandbox: sandboxOfTheRun() }, project);
  const templateName = new URL(template.url).pathname.slice(1);
  let count = 0;
  return {
    toConfirm: async (kind) => {
      count += 1;
      const name = `${templateName}_${count}`;
      await onServer(`CREATE DATABASE "${name}" TEMPLATE "${templateName}" STRATEGY FILE_COPY`);
      onTestFinished(() => onServer(`DROP DATABASE "${name}" WITH (FORCE)`));
      const url = new URL(testServer().adminUrl);
      url.pathname = `/${name}`;
      const dir = join(root, name);
      await cp(made, dir, { recursive: true });
      await writeFile(join(dir, '.env'), `DATABASE_URL=${url.href}\n`);
      if (kind === 'reason') {
        await withConnection(url.href, { purpose: 'test' }, ({ client }) =>
          client.query(slowProof),
        );
      }
      const written = async (): Promise<number> => {
        const rows = await withConnection(url.href, { purpose: 'test' }, ({ client }) =>
          one(client, `SELECT count(*) FROM marks WHERE "by" <> 'seed'`),
        );
        const run = await readFile(join(dir, 'marks.txt'), 'utf8').catch(() => '');
        return Number(rows) + run.split('\n').length - 1;
      };
      return { dir, ...wordsOf(kind, name), written };
    },
    close: async () => {
      await template.drop();
      await rm(root, { recursive: true, force: true });
    },
  };
}

function wordsOf(
  kind: Kind,
  database: string,
): Pick<ToConfirm, 'playbook' | 'title' | 'asks' | 'answer'> {
  switch (kind) {
    case 'key':
      return {
        ...{ playbook: 'two-keys', title: 'Two keys' },
        ...{ asks: 'y: write exactly this', answer: 'y' },
      };
    case 'command':
      return {
        ...{ playbook: 'two-commands', title: 'Two commands' },
        ...{ asks: 'y: run this command', answer: 'y' },
      };
    case 'word':
      return {
        ...{ playbook: 'two-words', title: 'Two words' },
        ...{ asks: 'Type apply, then Enter, to write exactly this', answer: 'apply' },
      };
    case 'name':
      return {
        ...{ playbook: 'two-names', title: 'Two names' },
        asks: `Type the database's name, ${database}, then Enter, to write exactly this`,
        answer: database,
      };
    case 'reason':
      return {
        ...{ playbook: 'two-keys', title: 'Two keys' },
        ...{ asks: 'Why go on without the proof?', answer: 'because' },
      };
  }
}

async function onServer(statement: string): Promise<void> {
  await withConnection(testServer().adminUrl, { purpose: 'test' }, ({ client }) =>
    client.query(statement),
  );
}
