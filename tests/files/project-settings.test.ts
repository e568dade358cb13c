import { join } from 'node:path';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { findEnvironment } from '../../src/files/environment.js';
import { loadPlaybooks } from '../../src/files/playbooks.js';
import { resolveSettings } from '../../src/files/settings.js';
import { settingsSchema } from '../../src/files/settings-schema.js';
import { emptyJournal, failure, tempProject } from './temp-project.js';

const environments = {
  production: {
    match: ['db-7.internal', '*.prod.example.com/shop'],
    'read-only': true,
    colour: 'red' as const,
  },
  staging: { match: ['*:5433/*'] },
};
const at = (place: string): string => `postgresql://app:secret@${place}`;

test.each([
  ['db-7.internal/shop', 'production'],
  ['DB-7.internal:6000/other', 'production'],
  ['a.b.prod.example.com/shop', 'production'],
  ['a.prod.example.com/shop2', 'production'],
  ['db-7xinternal/shop', undefined],
  ['db-8.internal:5433/shop', 'staging'],
  ['localhost/shop', undefined],
  ['localhost/shop_prod', 'production'],
  ['prod-db-1.internal/shop', 'production'],
  ['production2.internal/shop', 'production'],
  ['non-prod.internal/shop', undefined],
  ['preprod.internal/shop', undefined],
  ['products.internal/shop', undefined],
])('%s is %s', (place, name) => {
  expect(findEnvironment(undefined, environments, at(place))?.name).toBe(name);
});

test('a name given by hand is shown, and what the settings hold of the database stays', () => {
  const url = at('db-7.internal/shop');
  expect(findEnvironment('mine', environments, url)).toEqual({
    name: 'mine',
    origin: 'option --env',
    readOnly: true,
    colour: 'red',
  });
  expect(findEnvironment('mine', environments, at('db-8/shop'))?.readOnly).toBe(false);
  expect(findEnvironment('production', environments, at('db-8/shop'))?.readOnly).toBe(true);
  expect(findEnvironment(undefined, environments, null)).toBeNull();
});

const journal = { 'drizzle/meta/_journal.json': emptyJournal };
const settings = (text: string): Record<string, string> => ({ 'pgmedic.config.yaml': text });

test('the environment is shown with what named it; timeouts are in seconds', async () => {
  const text = `environments:
  production:
    match: ['db-7*']
    read-only: true
    colour: yellow
timeouts:
  lock: 2
`;
  const dir = await tempProject({ ...journal, ...settings(text) });
  const resolved = await resolveSettings({ dir, databaseUrl: at('db-7.internal/shop') }, {});
  expect(resolved).toMatchObject({ readOnly: true, colour: 'yellow' });
  const elsewhere = { dir, databaseUrl: at('db-8/shop') };
  expect(await resolveSettings(elsewhere, {})).toMatchObject({ readOnly: false, colour: null });
  expect((await resolveSettings({ ...elsewhere, readOnly: true }, {})).readOnly).toBe(true);
  expect(resolved.settings.find(({ name }) => name === 'environment')).toEqual({
    name: 'environment',
    value: 'production',
    origin: 'pgmedic.config.yaml, db-7*',
  });
  expect(resolved.timeouts).toEqual({ lock: 2000, statement: 1_800_000 });
});

test('what cannot stand there is told with its line', async () => {
  const text = 'timeouts:\n  lock: 0\nenvironments:\n  x:\n    matches: []\n';
  const wrong = await failure(
    resolveSettings(
      { dir: await tempProject({ ...journal, ...settings(text) }), offline: true },
      {},
    ),
  );
  expect(wrong.message).toContain('pgmedic.config.yaml:2: timeouts.lock');
  expect(wrong.message).toContain('pgmedic.config.yaml:5: environments.x.matches: unknown key');
});

test('further folders of playbooks: used, or missed at once', async () => {
  const own = `name: ours\ntitle: Ours\nsummary: What we do.\nmigrations: none\nsteps:\n  - tell: Hold on\n    id: hold\n    text: Wait.\n`;
  const dir = await tempProject({ 'ops/books/ours.yaml': own });
  const found = await loadPlaybooks(dir, ['ops/books']);
  expect(found.find(({ name }) => name === 'ours')?.origin).toBe('ops/books/ours.yaml');
  const missed = await failure(loadPlaybooks(dir, ['ops/book']));
  expect(missed.message).toContain('pgmedic.config.yaml names the playbooks ops/book');
});

test('docs/pgmedic.config.schema.json is the schema that the settings are read by; vitest -u writes it', async () => {
  const schema = z.toJSONSchema(settingsSchema.unwrap(), { io: 'input' });
  const text = `${JSON.stringify({ title: 'pgmedic.config.yaml', ...schema }, null, 2)}\n`;
  const page = join(import.meta.dirname, '../../docs/pgmedic.config.schema.json');
  await expect(text).toMatchFileSnapshot(page);
});
