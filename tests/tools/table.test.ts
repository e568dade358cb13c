import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { toolNamed, tools } from '../../src/tools/index.js';
import type { Tool } from '../../src/tools/contract.js';
import { drizzle } from '../../src/tools/drizzle/index.js';
import { drizzle1 } from '../../src/tools/drizzle-1/index.js';
import type { Subject } from './conformance.js';
import { toolTables } from './table.js';

const page = join(import.meta.dirname, '../../docs/TOOLS.md');
const block = /(?<=<!-- tables: .* -->\n\n)[^]*(?=\n\n<!-- end of the tables -->)/;

/** Every tool, each of its adapters. */
const adapters = tools.flatMap((tool) => (tool === drizzle ? [drizzle, drizzle1] : [tool]));

/** By adapter. */
async function subjects(): Promise<ReadonlyMap<Tool, Subject>> {
  const folder = join(import.meta.dirname, 'subjects');
  const loaded = await Promise.all(
    (await readdir(folder)).map(
      async (file): Promise<object> => import(join(folder, file)) as Promise<object>,
    ),
  );
  const found = loaded
    .flatMap((module) => Object.values(module) as unknown[])
    .filter((one): one is Subject => typeof one === 'object' && one !== null && 'judge' in one);
  return new Map(found.map((subject) => [subject.adapter ?? toolNamed(subject.name), subject]));
}

test('docs/TOOLS.md says of every tool what is shown of it; written anew by vitest -u', async () => {
  const all = await subjects();
  expect(new Set(all.keys())).toEqual(new Set(adapters));
  const tables = toolTables(adapters.map((tool) => [tool, all.get(tool) as Subject] as const));
  const text = await readFile(page, 'utf8');
  expect(text).toMatch(block);
  await expect(text.replace(block, () => tables)).toMatchFileSnapshot(page);
});
