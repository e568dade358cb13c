import { coachOf } from '../../src/drill/coach.js';
import { drillNamed } from '../../src/drill/drills.js';
import { setTimeout as pause } from 'node:timers/promises';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { State } from '../../src/core/session/state.js';
import { draw, scrollRange } from '../../src/ui/draw.js';
import { asciiGlyphs, unicodeGlyphs } from '../../src/ui/glyphs.js';
import { lineWidth } from '../../src/ui/line.js';
import { localFor } from '../../src/ui/local.js';
import { listWindow } from '../../src/ui/scenes/list.js';
import { cases } from '../support/cases.js';
import { fakeSession } from '../support/fake-session.js';
import { applySql, diagnosis, facts } from '../support/states.js';
import { recordStates } from './walk.js';

/** States of every scene, by the real update, with names and texts as awkward as they come. */
async function everyState(): Promise<readonly State[]> {
  const session = fakeSession();
  const states = recordStates(session);
  const { handle } = session;
  const until = async (name: State['scene']['name'], index = 0): Promise<void> => {
    const here = (): boolean => {
      const { scene } = handle.getState();
      return scene.name === name && ('index' in scene ? scene.index : 0) === index;
    };
    while (!here()) await pause(1);
  };
  const at = 0;
  await until('board');
  handle.dispatch({ type: 'show-findings' });
  handle.dispatch({ type: 'enter', at });
  handle.dispatch({ type: 'enter', at });
  handle.dispatch({ type: 'answer', value: 'keep' });
  handle.dispatch({ type: 'answer', value: 'yes' });
  await until('plan');
  handle.dispatch({ type: 'enter', at });
  for (const index of [0, 1, 2, 3]) {
    await until('step', index);
    const step = handle.getState().runs[0]?.plan.steps[index];
    if (step?.kind === 'write') {
      const typed = step.risk === 'ddl' ? 'apply' : null;
      const { id, digest } = step;
      handle.dispatch({ type: 'confirm', step: id, digest, typed, by: 'prompt', at });
    } else handle.dispatch({ type: 'enter', at });
  }
  await until('ended');
  handle.dispatch({ type: 'leave' });
  await handle.ended;
  return states;
}

function awkward(state: State): State {
  const long = `0001_${'very_long_名前_'.repeat(12)}`;
  const base = diagnosis();
  const environment = 'a rather long environment name';
  const target = {
    ...facts(environment).target!,
    host: 'h'.repeat(90),
    database: 'd\u202ex'.repeat(20),
  };
  const rows = base.board.map((row, index) =>
    index % 3 ? row : { ...row, id: `${long}${index}` },
  );
  return {
    ...state,
    notice: state.notice ?? 'A refusal that says why, '.repeat(30),
    diagnosis: state.diagnosis && { ...base, board: rows, facts: { ...base.facts, target } },
  };
}

test('no screen has more rows or columns than its window, and none that would move the cursor', async () => {
  const states = await everyState();
  const scenes = new Set(states.map((state) => state.scene.name));
  expect(scenes).toContain('rechecking');
  expect(scenes).toContain('verifying');
  expect(scenes.size).toBeGreaterThanOrEqual(13);
  fc.assert(
    fc.property(
      fc.constantFrom(...states, ...states.map(awkward)),
      fc.integer({ min: 20, max: 200 }),
      fc.integer({ min: 4, max: 60 }),
      fc.boolean(),
      fc.boolean(),
      fc.nat(500),
      fc.constantFrom(null, { coach, open: true }, { coach, open: false }),
      (state, columns, rows, ascii, help, scroll, drill) => {
        const glyphs = ascii ? asciiGlyphs : unicodeGlyphs;
        const local = { ...localFor(state, null), help, scroll };
        const view = { columns, rows, now: 5000, glyphs, local, drill };
        const drawn = draw(state, view);
        expect(drawn.length).toBeLessThan(rows);
        for (const row of drawn) {
          expect(lineWidth(row)).toBeLessThanOrEqual(columns);
          expect(row.map((one) => one.text).join('')).not.toMatch(/[\p{Cc}\u202e]/u);
        }
      },
    ),
    cases(400, 5000),
  );
});

const coach = coachOf(drillNamed('journal-gap'));

test('every line of a long statement can be scrolled into sight', async () => {
  const states = await everyState();
  const lines = Array.from({ length: 80 }, (_, index) => `  "column_${index}" text`);
  const sql = `CREATE TABLE "wide" (\n${lines.join(',\n')}\n)`;
  const step = {
    ...applySql,
    write: {
      ...(applySql.kind === 'write' ? applySql.write : never()),
      statements: [{ sql, source: null }],
    },
  } as typeof applySql;
  const found = states.find((one) => one.scene.name === 'step')!;
  const state: State = {
    ...found,
    runs: found.runs.map((run) => ({ ...run, plan: { ...run.plan, steps: [step] } })),
    scene: { ...found.scene, index: 0 } as State['scene'],
  };
  const view = {
    columns: 80,
    rows: 24,
    now: 0,
    glyphs: unicodeGlyphs,
    local: localFor(state, null),
    drill: null,
  };
  const { last } = scrollRange(state, view);
  const seen = new Set<string>();
  for (let scroll = 0; scroll <= last; scroll += 1) {
    for (const row of draw(state, { ...view, local: { ...view.local, scroll } })) {
      seen.add(row.map((one) => one.text).join(''));
    }
  }
  const all = [...seen].join('\n');
  for (const line of lines) expect(all).toContain(line.trim());
  expect(all).toContain(`digest ${step.digest}`);
});

test('a list shows the row under its cursor, and counts the rest rightly', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 60 }),
      fc.integer({ min: 3, max: 30 }),
      fc.nat(59),
      (length, height, at) => {
        const cursor = Math.min(at, length - 1);
        const rows = Array.from({ length }, (_, index) => [
          { text: `row ${index}`, tone: 'plain' as const },
        ]);
        const view = {
          columns: 80,
          rows: 24,
          now: 0,
          glyphs: asciiGlyphs,
          local: localFor(fakeSession().state(), null),
          drill: null,
        };
        const drawn = listWindow(rows, cursor, height, view).map((row) => row[0]?.text ?? '');
        const shown = drawn
          .filter((text) => text.startsWith('row'))
          .map((text) => Number(text.slice(4)));
        const more = (sign: string): number =>
          Number(drawn.find((text) => text.includes(`${sign} `))?.match(/\d+/)?.[0] ?? 0);
        expect(drawn.length).toBeLessThanOrEqual(height);
        expect(shown).toContain(cursor);
        expect(more('^')).toBe(shown[0]);
        expect(more('v')).toBe(length - 1 - (shown.at(-1) ?? 0));
      },
    ),
    cases(300, 3000),
  );
});

function never(): never {
  throw new Error('applySql is a write');
}
