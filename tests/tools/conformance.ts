import { expect, test } from 'vitest';
import type { Diagnosis } from '../../src/core/diagnosis.js';
import type { Tool } from '../../src/tools/contract.js';
import { states } from '../playbooks/session.js';
import { deepTest } from '../support/deep-test.js';
import { codesOf, type RealTool, type ToolProject } from '../support/tool-project.js';
import { usingTool, type UsedTool } from './using-tool.js';

/** A migration of the conformance suite; each tool writes it in its own way. */
export interface Sample {
  /** Its place in the order, from 1; a tool makes a number or a time of it. */
  readonly place: number;
  readonly slug: string;
  /** One statement each. */
  readonly up: readonly string[];
  readonly down: readonly string[];
}

/** A tool as the conformance suite plays with it, the real one where it runs here. */
export interface Subject extends RealTool {
  /** As in --tool. */
  readonly name: string;
  /** Where several adapters have that name. */
  readonly adapter?: Tool;
  /** `rule`: the tool itself cannot run here, and a port of its loop stands in for it. */
  readonly judge: 'real' | 'rule';
  /** Where its migrations are in the project: "db/migrations". */
  readonly folder: string;
  /** A folder with exactly these migrations, and what else a project of its kind has. */
  files(samples: readonly Sample[]): Readonly<Record<string, string>>;
  /** Its history is one version: of what is below it, only the schema tells. */
  readonly oneRow?: true;
  /** What it goes by in the further columns of a row, for docs/TOOLS.md. */
  readonly columns?: Readonly<Record<string, string>>;
  /** Its history tells of runs that failed. */
  readonly keepsFailed?: true;
  /** The samples are programs for it: what they do is not known before they ran. */
  readonly opaque?: true;
}

export const users: Sample = {
  place: 1,
  slug: 'users',
  up: ['CREATE TABLE users (id int PRIMARY KEY, name text)'],
  down: ['DROP TABLE users'],
};
export const late: Sample = {
  place: 2,
  slug: 'late',
  up: ['CREATE TABLE late (id int)'],
  down: ['DROP TABLE late'],
};
export const orders: Sample = {
  place: 3,
  slug: 'orders',
  up: [
    'CREATE TABLE orders (id int PRIMARY KEY, user_id int REFERENCES users)',
    'CREATE INDEX orders_user ON orders (user_id)',
  ],
  down: ['DROP TABLE orders'],
};
export const notes: Sample = {
  place: 4,
  slug: 'notes',
  up: ['CREATE TABLE notes (id int)'],
  down: ['DROP TABLE notes'],
};
const wrong: Sample = {
  place: 5,
  slug: 'wrong',
  up: ['CREATE TABLE other (id int)', 'ALTER TABLE nowhere ADD COLUMN a int'],
  down: [],
};
const base = [users, orders];
const reason = { reason: 'looked with psql' };

/** What can be shown of a tool, by the column of docs/TOOLS.md. */
export const shown = {
  healthy: 'healthy',
  pending: 'pending',
  late: 'out of order',
  gone: 'file missing',
  edited: 'edited',
  failing: 'failing',
  false: 'falsely recorded',
  applied: 'mark applied',
  unapplied: 'mark unapplied',
  baseline: 'baseline',
  manually: 'apply by hand',
  back: 'roll back',
  clear: 'clear failed',
} as const;
export type Shown = keyof typeof shown;

/** Of programs nobody knows whether they will fail; only the tool runs them and takes them back. */
export function shows({ opaque, keepsFailed }: Subject): readonly Shown[] {
  const all = (Object.keys(shown) as Shown[]).filter((one) => keepsFailed || one !== 'clear');
  const onlySql: readonly Shown[] = ['failing', 'baseline', 'manually', 'back'];
  return opaque ? all.filter((one) => !onlySql.includes(one)) : all;
}

/**
 * Plays every state and every playbook that a tool takes part in: what pgmedic says it would do, it
 * then does; after a playbook it agrees. One test each, and each a cell of docs/TOOLS.md.
 */
export function conforms(subject: Subject, take: (used: UsedTool) => void = () => {}): void {
  let project: ToolProject;
  let session: UsedTool['session'];
  usingTool(subject, subject.files(base), (used) => {
    ({ project, session } = used);
    take(used);
  });
  const known = subject.opaque !== true;
  /** The folder has these and no others. */
  const have = async (samples: readonly Sample[]): Promise<void> => {
    await project.clear();
    await project.put(subject.files(samples));
  };
  const ran = async (samples: readonly Sample[]): Promise<void> => {
    await have(samples);
    expect((await project.run()).error).toBeNull();
  };
  const idOf = ({ facts }: Pick<Diagnosis, 'facts'>, { slug }: Sample): string =>
    facts.folder.migrations.find(({ id }) => id.toLowerCase().includes(slug))?.id ?? slug;
  const agreed = async (): Promise<void> => {
    const after = await project.agree(true);
    expect(after.nextRun).toEqual({ runs: [], skips: [], fails: null });
    expect(codesOf(after)).toEqual([]);
  };

  const tests: Record<Shown, () => Promise<void>> = {
    async healthy() {
      const fresh = await project.agree();
      expect(fresh.facts.tool).toBe(subject.name);
      expect(fresh.nextRun.runs).toEqual(base.map((one) => idOf(fresh, one)));
      await agreed();
      const { board } = await project.look();
      expect(board.map(({ history, schema }) => [history, schema])).toEqual(
        base.map(() => ['recorded', known ? 'present' : 'unknown']),
      );
    },
    async pending() {
      await ran(base);
      await have([...base, notes]);
      const pending = await project.agree(true);
      expect(pending.nextRun).toEqual({ runs: [idOf(pending, notes)], skips: [], fails: null });
    },
    async late() {
      await ran(base);
      await have([users, late, orders]);
      const { nextRun, ...of } = await project.agree(subject.oneRow);
      // It runs, is passed over, or stops the tool: never nothing.
      const { runs, skips, fails } = nextRun;
      const told = of.findings.find(({ code }) => code === 'silently-skipped')?.migrations ?? [];
      const seen = [...runs, ...skips, ...told, fails?.migration ?? (fails && idOf(of, late))];
      expect(seen).toContain(idOf(of, late));
    },
    async gone() {
      await ran([...base, notes]);
      await have([users, notes]);
      const { board, findings } = await project.agree();
      // What names no migration in its rows can only say that a row is of none; one version says nothing.
      expect(
        subject.oneRow === true ||
          board.some(({ file }) => file === 'missing') ||
          findings.some(({ code }) => code === 'history-row-unknown'),
      ).toBe(true);
    },
    async edited() {
      await ran(base);
      const [create = '', index = ''] = orders.up;
      await have([users, { ...orders, up: [create, `${index} /* as it was */`] }]);
      const { facts, findings } = await project.agree(true);
      const hashes = facts.folder.migrations.some(
        ({ file }) => file !== null && file.hash !== null,
      );
      expect(findings.map(({ code }) => code).filter((code) => code !== 'pooler')).toEqual(
        hashes ? ['edited-after-apply'] : [],
      );
    },
    async failing() {
      await ran(base);
      await have([...base, notes, wrong]);
      const failing = await project.agree(true);
      const migration = idOf(failing, wrong);
      expect(failing.nextRun.fails).toMatchObject({ migration, sqlstate: '42P01' });
    },
    async false() {
      await ran([...base, notes]);
      await project.sql('DROP TABLE notes');
      const told = await project.agree(true);
      expect(codesOf(told)).toEqual(known ? ['recorded-absent'] : []);
    },
    async applied() {
      await ran(base);
      await have([...base, notes]);
      await project.sql(notes.up.join(';'));
      const id = idOf(await project.look(false), notes);
      const answers = known ? {} : reason;
      const played = await session.play('mark-applied', { migrations: [id], answers });
      expect(states(played)).toMatchObject({ [`mark:${id}`]: 'done', agree: 'done' });
      await agreed();
      expect(await session.undo(`mark:${id}`)).toMatchObject({ state: 'done' });
      expect((await project.look(false)).nextRun.runs).toEqual([id]);
    },
    async unapplied() {
      await ran([...base, notes]);
      await project.sql('DROP TABLE notes');
      const id = idOf(await project.look(false), notes);
      const answers = known ? {} : reason;
      const played = await session.play('mark-unapplied', { migrations: [id], answers });
      expect(states(played)).toMatchObject({ [`mark:${id}`]: 'done' });
      expect((await project.agree()).nextRun.runs).toEqual([id]);
      await agreed();
    },
    async baseline() {
      await ran(base);
      await project.sql(`DELETE FROM ${subject.table}`);
      const played = await session.play('baseline');
      expect(states(played)).toMatchObject({ record: 'done', agree: 'done' });
      await agreed();
    },
    async manually() {
      await ran(base);
      await have([...base, notes]);
      const id = idOf(await project.look(false), notes);
      const played = await session.play('apply-manually', { migrations: [id] });
      expect(states(played)).toMatchObject({ [`apply:${id}`]: 'done', agree: 'done' });
      await agreed();
    },
    async back() {
      await ran([...base, notes]);
      const id = idOf(await project.look(false), notes);
      const played = await session.play('roll-back', {
        migrations: [id],
        answers: { way: 'computed' },
        targetName: new URL(project.url).pathname.slice(1),
      });
      expect(states(played)).toMatchObject({ back: 'done' });
      expect((await project.agree()).nextRun.runs).toEqual([id]);
      await agreed();
    },
    async clear() {
      await ran(base);
      await have([...base, wrong]);
      expect((await project.run()).error).not.toBeNull();
      const failed = await project.agree(true);
      const id = idOf(failed, wrong);
      expect(failed.board.find((row) => row.id === id)?.history).toBe('failed');
      const played = await session.play('clear-failed', { migrations: [id] });
      expect(Object.values(states(played))).not.toContain('failed');
      await have([...base, notes]);
      expect((await project.agree()).nextRun.runs).toHaveLength(1);
    },
  };
  const always: readonly Shown[] = ['healthy', 'late', 'gone', 'failing'];
  for (const one of shows(subject)) {
    const run = always.includes(one) ? test : deepTest;
    run(`${subject.name}: ${shown[one]}`, tests[one]);
  }
}
