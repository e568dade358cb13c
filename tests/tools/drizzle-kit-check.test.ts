import { execFile } from 'node:child_process';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { diagnose } from '../../src/core/diagnose.js';
import { drizzle } from '../../src/tools/drizzle/index.js';
import { factsOf, readFolderAt, writeFolder } from '../support/drizzle-project.js';

const kit = join(dirname(createRequire(import.meta.url).resolve('drizzle-kit')), 'bin.cjs');
const origin = '00000000-0000-0000-0000-000000000000';

const column = { name: 'id', type: 'serial', primaryKey: true, notNull: true };

function snapshot(id: string, prevId: string, change: Record<string, unknown> = {}): string {
  const users = {
    name: 'users',
    schema: '',
    columns: { id: column },
    indexes: {},
    foreignKeys: {},
    compositePrimaryKeys: {},
    uniqueConstraints: {},
    policies: {},
    checkConstraints: {},
    isRLSEnabled: false,
  };
  return JSON.stringify({
    id,
    prevId,
    version: '7',
    dialect: 'postgresql',
    tables: { 'public.users': users },
    enums: {},
    schemas: {},
    sequences: {},
    roles: {},
    policies: {},
    views: {},
    _meta: { columns: {}, schemas: {}, tables: {} },
    ...change,
  });
}

function project(more: Record<string, string> = {}, whens = [1, 2, 3]): Record<string, string> {
  const tags = ['0000_a', '0001_b', '0002_c'];
  const entries = tags.map((tag, idx) => ({
    idx,
    version: '7',
    when: whens[idx],
    tag,
    breakpoints: true,
  }));
  return {
    ...Object.fromEntries(tags.map((tag) => [`${tag}.sql`, `select '${tag}';`])),
    'meta/_journal.json': JSON.stringify({ version: '7', dialect: 'postgresql', entries }),
    'meta/0000_snapshot.json': snapshot('a', origin),
    'meta/0001_snapshot.json': snapshot('b', 'a'),
    'meta/0002_snapshot.json': snapshot('c', 'b'),
    ...more,
  };
}

const broken = { ...column, notNull: 'yes' };
const badTable = {
  name: 'users',
  schema: '',
  columns: { id: broken },
  indexes: {},
  foreignKeys: {},
  compositePrimaryKeys: {},
};
const v6 = { version: '6', dialect: 'postgresql', tables: {} };

test.each([
  ['a healthy folder', project(), 0, /fine/, []],
  [
    'a collision',
    project({ 'meta/0002_snapshot.json': snapshot('c', 'a') }),
    1,
    /collision/,
    ['snapshot-collision'],
  ],
  [
    'a malformed snapshot',
    project({
      'meta/0002_snapshot.json': snapshot('c', 'b', { tables: { 'public.users': badTable } }),
    }),
    1,
    /0002_snapshot.json data is malformed/,
    ['snapshot-malformed'],
  ],
  [
    'a snapshot of the wrong dialect',
    project({ 'meta/0002_snapshot.json': snapshot('c', 'b', { dialect: 'mysql' }) }),
    1,
    /malformed/,
    ['snapshot-malformed'],
  ],
  [
    'an outdated snapshot',
    project({ 'meta/0002_snapshot.json': snapshot('c', 'b', v6) }),
    1,
    /not of the latest version/,
    ['snapshot-outdated'],
  ],
  [
    'stamps out of order',
    project({}, [1, 3, 2]),
    0,
    /timestamp is not greater/,
    ['journal-out-of-order'],
  ],
  [
    'a parent that is not there',
    project({ 'meta/0002_snapshot.json': snapshot('c', 'x') }),
    0,
    /fine/,
    ['snapshot-chain-broken'],
  ],
])('drizzle-kit check agrees on %s', async (_name, files, status, says, codes) => {
  const root = await mkdtemp(join(tmpdir(), 'pgmedic-kit-'));
  try {
    await writeFolder(join(root, 'live'), files);
    const folder = await readFolderAt(join(root, 'live'));
    const { findings } = diagnose(factsOf(folder, null), drizzle);
    expect(findings.map(({ code }) => code)).toEqual(codes);
    // check writes: it gets a copy.
    await cp(join(root, 'live'), join(root, 'copy'), { recursive: true });
    const checked = await check(root);
    expect(checked.output).toMatch(says);
    expect(checked.status).toBe(status);
  } finally {
    await rm(root, { recursive: true, force: true });
  }
});

async function check(cwd: string): Promise<{ status: number; output: string }> {
  return new Promise((resolve) => {
    const args = [kit, 'check', '--dialect=postgresql', '--out=copy'];
    execFile(process.execPath, args, { cwd }, (error, stdout, stderr) => {
      resolve({ status: Number(error?.code ?? 0), output: `${stdout}${stderr}` });
    });
  });
}
