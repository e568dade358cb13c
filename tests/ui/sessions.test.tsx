import { afterEach, expect, test } from 'vitest';
import { earlier, killed, lookedOnly } from '../support/earlier-sessions.js';
import { fakeSession } from '../support/fake-session.js';
import type { Shown } from './support.js';
import { show } from './support.js';

let shown: Shown | undefined;
afterEach(() => shown?.close());

const size = { columns: 100, rows: 30 };

test('what is unfinished is told on the board; its report is read, and it is resumed', async () => {
  const session = fakeSession({ earlier });
  shown = await show(session, size);
  await shown.until(
    '! s: Unfinished session: 2026-11-19 02:00 UTC, shop (production), apply-manually',
  );
  shown.press('s');
  await shown.until('UNFINISHED: it did not end');
  const rows = shown.frame().split('\n');
  const row = (who: string): number =>
    rows.findIndex((one) => / 0\d:00 /.test(one) && one.includes(who));
  // What is unfinished first, then the newest.
  expect([row('ben'), row('looked only'), row('anna')]).toEqual([3, 4, 5].map((at) => at));
  expect(rows[3]).toMatch(/▸ 2026-11-19 02:00 {2}ben {3}shop \(producti.*apply-manually/);
  expect(shown.frame()).toContain(
    'Database: shop @ db-7.internal:5432 as app_admin; environment: production',
  );
  shown.press('Down');
  await shown.until('nobody confirmed a step');
  shown.press('Up', 'Enter');
  await shown.until('Incident report: shop');
  expect(shown.frame()).toContain('r: Resume it: ask the database and the files');
  expect(shown.frame()).toContain('No undo: What became of step apply:0016 is not known.');
  expect(shown.frame()).not.toContain('"c39"');
  shown.press('End');
  await shown.until('ADD COLUMN "c39" int;');
  shown.press('w');
  await shown.until(`The report is written to /state/pgmedic/${killed.session}.md`);
  // A letter that does nothing here says so; Enter is none of the ways on.
  shown.press('y');
  await shown.until('y does nothing here. esc goes back.');
  shown.press('r');
  await shown.until('apply:0016: not done (COMMIT had not been sent)');
  expect(shown.frame()).toContain('pgmedic plan apply-manually 0016_session_fingerprint');
  shown.press('Enter');
  await shown.until('recommended');
  expect(session.commands.map(({ type }) => type).slice(-2)).toEqual([
    'read-facts',
    'read-evidence',
  ]);
});

test('a list is longer than the window, and scrolls by pages and to its ends', async () => {
  const many = Array.from({ length: 80 }, (_, index) => ({
    ...lookedOnly,
    session: `20261120-0${String(index).padStart(5, '0')}-aaaa`,
  }));
  shown = await show(fakeSession({ earlier: many }), { columns: 80, rows: 24 });
  await shown.until('recommended');
  shown.press('s');
  await shown.until('Session 20261120-000079-aaaa');
  shown.press('PgDn');
  await shown.until('↑');
  shown.press('End');
  await shown.until('Session 20261120-000000-aaaa');
  expect(shown.frame()).toContain('↑ ');
  shown.press('Escape');
  await shown.until('recommended');
});
