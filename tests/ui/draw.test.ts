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
import { everyState } from './every-state.js';

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
      (state, columns, rows, ascii, help, scroll) => {
        const glyphs = ascii ? asciiGlyphs : unicodeGlyphs;
        const over = help ? ({ kind: 'help', over: null } as const) : null;
        const local = { ...localFor(state, null), overlay: over, scroll };
        const view = { columns, rows, now: 5000, glyphs, local, log: () => [] };
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
    log: () => [],
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
      (length, height, place) => {
        const cursor = Math.min(place, length - 1);
        const at = (index: number) => [{ text: `row ${index}`, tone: 'plain' as const }];
        const view = {
          columns: 80,
          rows: 24,
          now: 0,
          glyphs: asciiGlyphs,
          local: localFor(fakeSession().state(), null),
          log: () => [],
        };
        const drawn = listWindow({ length, at }, cursor, height, view).map(
          (row) => row[0]?.text ?? '',
        );
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
