import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { WASM_LIMIT, chooseDumper } from '../../src/backup/find.js';
import { folder } from './support.js';

/** Programs that answer --version, which is all that choosing one asks of them. */
async function programs(
  versions: Record<string, { pg_dump?: string; pg_restore?: string }>,
): Promise<(name: string) => string> {
  const root = await folder();
  for (const [name, answers] of Object.entries(versions)) {
    mkdirSync(join(root, name));
    for (const [program, version] of Object.entries(answers)) {
      const path = join(root, name, program);
      writeFileSync(
        path,
        `#!/bin/sh\n[ "$1" = --version ] && echo "${program} (PostgreSQL) ${version}"\n`,
      );
      chmodSync(path, 0o755);
    }
  }
  return (name) => join(root, name);
}

function path(...folders: string[]): void {
  const before = process.env['PATH'];
  process.env['PATH'] = folders.join(':');
  onTestFinished(() => void (process.env['PATH'] = before));
}

const both = (version: string) => ({ pg_dump: version, pg_restore: version });
const databaseSize = 1_000_000;

describe('choosing a pg_dump', () => {
  // Versions far above any that this machine may have in the usual places.
  test('takes the newest that is not older than the server', async () => {
    const at = await programs({ a: both('91.2'), b: both('93.1'), c: both('90.9') });
    path(at('a'), at('b'), at('c'));
    const dumper = await chooseDumper({ serverVersionNum: 920_003, databaseSize });
    expect(dumper).toMatchObject({
      use: 'native',
      path: join(at('b'), 'pg_dump'),
      version: '93.1',
      named: false,
    });
    expect(dumper.rejected).toContainEqual({
      path: join(at('a'), 'pg_dump'),
      version: '91.2',
      reason: 'version 91.2 cannot dump a PostgreSQL 92 server: it must not be older',
    });
  });

  test("prefers the server's own version to a newer one", async () => {
    const at = await programs({
      a: both('93.1'),
      b: both('92.4 (Debian 92.4-1)'),
      c: both('92.1'),
    });
    path(at('a'), at('c'), at('b'));
    const dumper = await chooseDumper({ serverVersionNum: 920_003, databaseSize });
    expect(dumper).toMatchObject({
      use: 'native',
      path: join(at('b'), 'pg_dump'),
      version: '92.4',
    });
  });

  test('needs a pg_restore beside it, not an older one', async () => {
    const at = await programs({
      a: { pg_dump: '92.1' },
      b: { pg_dump: '92.2', pg_restore: '91.0' },
    });
    path(at('a'), at('b'));
    const dumper = await chooseDumper({ serverVersionNum: 920_003, databaseSize });
    expect(dumper.use).toBe('none');
    const reasons = dumper.rejected.map(({ reason }) => reason).join('\n');
    expect(reasons).toContain('no pg_restore beside it');
    expect(reasons).toContain('pg_restore beside it is older');
  });

  test('uses the named one or none', async () => {
    const at = await programs({ a: both('92.1'), b: both('91.1'), odd: {} });
    path(at('a'));
    const ask = (named: string) => chooseDumper({ serverVersionNum: 920_003, databaseSize, named });
    expect(await ask(join(at('a'), 'pg_dump'))).toMatchObject({ use: 'native', named: true });
    expect(await ask('pg_dump')).toMatchObject({ use: 'native', path: join(at('a'), 'pg_dump') });
    const old = await ask(join(at('b'), 'pg_dump'));
    expect(old).toMatchObject({ use: 'none', named: true, rejected: [{ version: '91.1' }] });
    const absent = await ask('/not/there/pg_dump');
    expect(absent).toMatchObject({
      use: 'none',
      rejected: [{ path: '/not/there/pg_dump', reason: 'there is no program of that name' }],
    });
    writeFileSync(join(at('odd'), 'pg_dump'), '#!/bin/sh\necho hello\n', { mode: 0o755 });
    const odd = await ask(join(at('odd'), 'pg_dump'));
    expect(odd.rejected[0]?.reason).toContain('does not answer --version');
  });

  test('falls back to WebAssembly up to its version and its size, but not for a named one', async () => {
    const at = await programs({ none: {} });
    path(at('none'));
    // 18 is the newest that the WebAssembly pg_dump can dump; what this machine has may be as new.
    const ask = async (major: number, size: number) =>
      (await chooseDumper({ serverVersionNum: major * 10_000, databaseSize: size })).use;
    expect(['wasm', 'native']).toContain(await ask(18, databaseSize));
    expect(['wasm', 'native']).toContain(await ask(18, WASM_LIMIT));
    expect(['none', 'native']).toContain(await ask(18, WASM_LIMIT + 1));
    expect(await ask(99, databaseSize)).toBe('none');
    const named = await chooseDumper({
      serverVersionNum: 180_000,
      databaseSize,
      named: '/not/there',
    });
    expect(named.use).toBe('none');
  });
});
