import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type KnownTables, withoutTables } from '../../src/tools/drizzle/known-tables.js';
import { mismatch, snapshotShape } from '../../src/tools/drizzle/snapshot-shape.js';
import { readSnapshot } from '../../src/tools/drizzle/snapshots.js';
import { cases } from '../support/cases.js';

const path = 'meta/0000_snapshot.json';

function table(name: string, more = ''): object {
  return {
    name,
    schema: '',
    columns: {
      id: { name: 'id', type: 'text', primaryKey: true, notNull: true, default: `'}\n  },'` },
      [`é${more}`]: { name: 'é', type: 'text', primaryKey: false, notNull: false },
    },
    indexes: {},
    foreignKeys: {},
    compositePrimaryKeys: {},
  };
}

function snapshot(names: readonly string[], indent: string | number = 2): string {
  const value = {
    id: 'a',
    prevId: 'b',
    version: '7',
    dialect: 'postgresql',
    tables: Object.fromEntries(names.map((name) => [`public.${name}`, table(name)])),
    enums: {},
    schemas: {},
    _meta: { schemas: {}, tables: {}, columns: {} },
  };
  return JSON.stringify(value, null, indent);
}

/** What the whole text says, read by nothing but JSON.parse and the shape. */
function isSound(bytes: Buffer): boolean {
  try {
    const value = JSON.parse(bytes.toString('utf8')) as { version?: unknown } | null;
    return value?.version === '7' && mismatch(value, snapshotShape) === null;
  } catch {
    return false;
  }
}

function knownFrom(...texts: readonly string[]): KnownTables {
  const known: KnownTables = new Map();
  for (const text of texts) withoutTables(Buffer.from(text), known);
  return known;
}

const names = ['users', 'orders', 'tables', '__proto__'];

test('a table that stood in an earlier snapshot is not read again, whatever the indent', () => {
  for (const indent of [2, 4, '\t']) {
    const text = snapshot(names, indent);
    const known = knownFrom(text);
    const before = [...known.values()];
    expect(before).toHaveLength(names.length);
    const rest = withoutTables(Buffer.from(text), known);
    expect(JSON.parse(rest ?? '')).toMatchObject({ id: 'a', tables: {} });
    expect([...known.values()].every((one, at) => one === before[at])).toBe(true);
  }
});

test.each([
  ['a table cut short', (text: string) => text.replace('"name": "orders",', '"name": "orders"')],
  ['a column that is none', (text: string) => text.replace('"notNull": false', '"notNull": 0')],
  ['a comma behind the last table', (text: string) => text.replace(/\}\n {2}\}/, '},\n  }')],
  ['no comma between two', (text: string) => text.replace('    },\n    "', '    }\n    "')],
  ['a member after the tables', (text: string) => text.replace(/\}\n {2}\}/, '}\n "x": 1\n  }')],
  ['the end missing', (text: string) => text.slice(0, -2)],
  ['something behind the end', (text: string) => `${text}}`],
])('between tables that are known, %s is still found', (_, broken) => {
  const text = snapshot(names);
  const bytes = Buffer.from(broken(text));
  expect(isSound(bytes)).toBe(false);
  expect(readSnapshot(path, bytes, knownFrom(text)).state).toBe('malformed');
});

/** What may stand anywhere in a snapshot after a merge, a bad edit or a bad disk. */
const pieces = [
  '',
  '{',
  '}',
  '"',
  ',',
  ':',
  '\n',
  '\r',
  '\\',
  'é',
  '\u0000',
  '0',
  '    }',
  '    },\n',
]
  .map((text) => Buffer.from(text))
  .concat([Buffer.from([0xc3]), Buffer.from('\n  "tables": {\n'), Buffer.from('\n  },')]);

test('however a snapshot is broken, it is sound only if the whole of it is', () => {
  const damage = fc.record({
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    drop: fc.integer({ min: 0, max: 3 }),
    piece: fc.constantFrom(...pieces),
  });
  const moved = fc.record({
    from: fc.nat(200),
    lines: fc.integer({ min: 1, max: 30 }),
    to: fc.nat(200),
  });
  let sound = 0;
  fc.assert(
    fc.property(
      fc.subarray(names, { minLength: 1 }),
      fc.array(damage, { maxLength: 2 }),
      fc.option(moved),
      (some, damages, move) => {
        const lines = snapshot(some).split('\n');
        if (move !== null) {
          const taken = lines.splice(move.from % lines.length, move.lines);
          lines.splice(move.to % (lines.length + 1), 0, ...taken);
        }
        let bytes = Buffer.from(lines.join('\n'));
        for (const { at, drop, piece } of damages) {
          const place = Math.floor(at * bytes.length);
          bytes = Buffer.concat([bytes.subarray(0, place), piece, bytes.subarray(place + drop)]);
        }
        const { state } = readSnapshot(path, bytes, knownFrom(snapshot(names)));
        expect(state).toBe(isSound(bytes) ? 'read' : 'malformed');
        if (state === 'read') sound += 1;
      },
    ),
    cases(1500, 50_000),
  );
  // Both answers were asked for.
  expect(sound).toBeGreaterThan(100);
});
