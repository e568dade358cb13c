import { mkdir, mkdtemp, realpath, rm, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import pg from 'pg';
import { expect } from 'vitest';
import type { Diagnosis } from '../../src/core/diagnosis.js';
import type { Migration } from '../../src/core/facts.js';
import { openGround } from '../../src/runtime/ground.js';
import { look } from '../../src/runtime/parts.js';
import { toolNamed } from '../../src/tools/index.js';
import { byCodeUnit } from '../../src/tools/set-of-names/index.js';
import { createTestDatabase, sandboxServer } from './server.js';

/** What a real tool did when it ran. */
export interface RealRun {
  /** The names that it has recorded, sorted. */
  readonly recorded: readonly string[];
  /** What it stopped with; null: it went through. */
  readonly error: string | null;
}

/** A project of one tool, and a database of its own. */
export interface ToolProject {
  readonly dir: string;
  readonly url: string;
  readonly client: pg.Client;
  /** Writes files of the project; null removes one. */
  put(files: Readonly<Record<string, string | null>>): Promise<void>;
  sql(text: string): Promise<pg.QueryResult>;
  /** Back to an empty database and a project without files. */
  reset(): Promise<void>;
  /** A project without files; the database stays. */
  clear(): Promise<void>;
  /** The names in the history table, sorted; none where there is no table. */
  names(): Promise<string[]>;
  /** Runs the real tool. */
  run(): Promise<RealRun>;
  /** What pgmedic says. */
  look(evidence?: boolean): Promise<Diagnosis>;
  /** What pgmedic says would happen, and that the tool then does it; by the tool's rule alone, or with the evidence. */
  agree(evidence?: boolean): Promise<Diagnosis>;
  close(): Promise<void>;
}

export interface RealTool {
  /** The column and table of the history: "version", "schema_migrations". */
  readonly column: string;
  readonly table: string;
  /** Which of its rows stand for applied migrations, as SQL; all of them when not given. */
  readonly where?: string;
  /** The names that it has recorded, where they do not stand in rows of their own. */
  readonly names?: (client: pg.Client, dir: string) => Promise<string[]>;
  /** What it records of a migration; its name when not given. */
  readonly markOf?: (migration: Migration) => string | null;
  /** Runs it in the project; the error it ends with, null where it goes through. */
  readonly run: (dir: string, url: string) => Promise<string | null>;
  /** Options for pgmedic. */
  readonly options?: { readonly tool?: string; readonly migrations?: string };
}

export async function openToolProject(tool: RealTool): Promise<ToolProject> {
  const database = await createTestDatabase();
  const root = await realpath(await mkdtemp(join(tmpdir(), 'pgmedic-test-')));
  const dir = join(root, 'project');
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  const project: ToolProject = {
    dir,
    url: database.url,
    client,
    async put(files) {
      for (const [path, text] of Object.entries(files)) {
        const file = join(dir, path);
        await mkdir(dirname(file), { recursive: true });
        await (text === null ? unlink(file) : writeFile(file, text));
      }
    },
    sql: (text) => client.query(text),
    async reset() {
      const anew =
        'DROP SCHEMA public CASCADE; DROP SCHEMA IF EXISTS drizzle CASCADE; CREATE SCHEMA public';
      await client.query(anew).catch((error: unknown) => {
        // What an earlier test has just left may still be reading.
        if ((error as { code?: string }).code !== '40P01') throw error;
        return client.query(anew);
      });
      await project.clear();
    },
    async clear() {
      await rm(dir, { recursive: true, force: true });
      await mkdir(dir, { recursive: true });
    },
    async names() {
      const { rows: found } = await client.query<{ there: boolean }>(
        'SELECT to_regclass($1) IS NOT NULL AS there',
        [tool.table],
      );
      if (found[0]?.there !== true) return [];
      if (tool.names !== undefined) return tool.names(client, dir);
      const { rows } = await client.query<{ name: string }>(
        `SELECT ${tool.column}::text AS name FROM ${tool.table} WHERE ${tool.where ?? 'true'} ORDER BY ${tool.column}::text COLLATE "C"`,
      );
      return rows.map(({ name }) => name);
    },
    async run() {
      const before = await project.names();
      const error = await tool.run(dir, database.url);
      const after = await project.names();
      return { recorded: after.filter((name) => !before.includes(name)), error };
    },
    async look(evidence = true) {
      const options = {
        dir,
        databaseUrl: database.url,
        sandboxUrl: sandboxServer().adminUrl,
        ...tool.options,
      };
      const ground = await openGround(options, {});
      try {
        const diagnosis = await look(ground, () => new Date(), { evidence });
        if (evidence) expect(diagnosis.facts.schema).toMatchObject({ state: 'read' });
        return diagnosis;
      } finally {
        await ground.close();
      }
    },
    async agree(evidence = false) {
      const diagnosis = await project.look(evidence);
      const { runs, fails } = diagnosis.nextRun;
      const { recorded, error } = await project.run();
      const { atomicity } = toolNamed(diagnosis.facts.tool);
      const stop = atomicity === 'all pending' ? 0 : runs.indexOf(fails?.migration ?? '');
      const through = fails === null ? runs : runs.slice(0, Math.max(stop, 0));
      const names = through.flatMap((id) => {
        const migration = diagnosis.facts.folder.migrations.find((one) => one.id === id);
        return (migration && (tool.markOf?.(migration) ?? migration.name)) ?? [];
      });
      expect({ recorded, error }).toEqual({
        recorded: names.toSorted(byCodeUnit),
        error: fails === null ? null : expect.stringContaining(fails.message),
      });
      return diagnosis;
    },
    async close() {
      await client.end();
      await database.drop();
      await rm(root, { recursive: true, force: true });
    },
  };
  await project.reset();
  return project;
}

/** Codes of what is found, but for what tells of the surroundings. */
export function codesOf({ findings }: Diagnosis): string[] {
  return findings
    .map(({ code }) => code)
    .filter((code) => !/^(?:pooler|pg-dump-|blocked)/.test(code));
}
