/** Where the team keeps it. */
export const programPath = 'scripts/chain-snapshots.mjs';

/** The team's own program: merges each snapshot, three ways, with the one that it has to follow. */
export const program = `import { readFileSync, writeFileSync } from 'node:fs';

const meta = new URL('../drizzle/meta/', import.meta.url);
const read = (name) => JSON.parse(readFileSync(new URL(name, meta), 'utf8'));
const isTree = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);
const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);

/** What either of them changed since \`base\`; both the same thing differently: an error. */
function merge(base, one, other, at) {
  if (same(one, other) || same(base, other)) return one;
  if (same(base, one)) return other;
  if (!isTree(one) || !isTree(other)) throw new Error(\`both branches changed \${at}\`);
  const keys = new Set([...Object.keys(one), ...Object.keys(other)]);
  const merged = [...keys].map((key) => [key, merge(base?.[key], one[key], other[key], \`\${at}.\${key}\`)]);
  return Object.fromEntries(merged.filter(([, value]) => value !== undefined));
}

const names = read('_journal.json').entries.map(({ tag }) => \`\${tag.slice(0, 4)}_snapshot.json\`);
const asTheyWere = new Map(names.map((name) => [read(name).id, read(name)]));
names.forEach((name, at) => {
  const own = read(name);
  const before = at === 0 ? null : read(names[at - 1]);
  if (before === null || own.prevId === before.id) return;
  const base = asTheyWere.get(own.prevId);
  for (const part of ['tables', 'enums']) own[part] = merge(base?.[part], before[part], own[part], part);
  console.log(\`\${name} follows \${names[at - 1]} now\`);
  writeFileSync(new URL(name, meta), JSON.stringify({ ...own, prevId: before.id }, null, 2));
});
`;
