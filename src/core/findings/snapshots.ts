import type { Snapshot } from '../facts.js';
import type { Finding } from '../finding.js';
import { at, few, finding, groupBy, isListed, type Rule } from './input.js';

type Read = Extract<Snapshot, { state: 'read' }>;

/** What drizzle-kit writes as the parent of the first snapshot. */
const origin = '00000000-0000-0000-0000-000000000000';

const missing: Rule = ({ facts: { folder } }) => {
  // Without any snapshot the project does not let drizzle-kit generate its migrations.
  if (folder.snapshots.length === 0) return [];
  const listed = folder.migrations.filter(isListed);
  const lacking = listed.filter(({ id, snapshot }) => snapshot === null && !id.startsWith('_'));
  const newest = listed.at(-1);
  const earlier = lacking.filter((migration) => migration !== newest);
  const found: Finding[] = [];
  const basis = folder.snapshots.at(-1)?.path ?? '';
  if (newest !== undefined && lacking.includes(newest)) {
    found.push(
      finding(
        'snapshot-missing',
        'warning',
        `The newest migration, ${newest.id}, has no snapshot: drizzle-kit generate compares with an older one and writes again what is applied.`,
        {
          migrations: [newest.id],
          evidence: [`drizzle-kit would compare with ${at(folder, basis)}`],
        },
      ),
    );
  }
  if (earlier.length > 0) {
    const ids = earlier.map(({ id }) => id);
    found.push(
      finding(
        'snapshot-missing',
        'info',
        `${few(ids)} ${ids.length === 1 ? 'has' : 'have'} no snapshot.`,
        {
          migrations: ids,
          evidence: ids.map(
            (id) => `${at(folder, `meta/${id.split('_')[0]}_snapshot.json`)} does not exist`,
          ),
        },
      ),
    );
  }
  return found;
};

const malformed: Rule = ({ facts: { folder } }) => {
  const bad = folder.snapshots.filter((snapshot) => snapshot.state === 'malformed');
  if (bad.length === 0) return [];
  return [
    finding(
      'snapshot-malformed',
      'warning',
      `${few(bad.map(({ path }) => path))} cannot be read, and drizzle-kit refuses to generate.`,
      {
        migrations: owners(folder.migrations, bad),
        evidence: bad.map(({ path, reason }) => `${at(folder, path)}: ${reason}`),
      },
    ),
  ];
};

const outdated: Rule = ({ facts: { folder } }) => {
  const old = readOnes(folder.snapshots).filter(({ version }) => Number(version) < 7);
  if (old.length === 0) return [];
  return [
    finding(
      'snapshot-outdated',
      'warning',
      'Snapshots are of an older version: drizzle-kit wants "drizzle-kit up" to be run first.',
      {
        migrations: owners(folder.migrations, old),
        evidence: old.map(
          ({ path, version }) => `${at(folder, path)}: version ${version}, the current one is 7`,
        ),
      },
    ),
  ];
};

const collisions: Rule = ({ facts: { folder } }) => {
  const current = readOnes(folder.snapshots).filter(({ version }) => version === '7');
  const byParent = groupBy(current, ({ prevId }) => prevId);
  return [...byParent.values()]
    .filter((children) => children.length > 1)
    .map((children) =>
      finding(
        'snapshot-collision',
        'warning',
        `${few(children.map(({ path }) => path))} follow the same snapshot, as after a merge: drizzle-kit refuses to generate.`,
        {
          migrations: owners(folder.migrations, children),
          evidence: children.map(({ path, prevId }) => `${at(folder, path)}: prevId ${prevId}`),
        },
      ),
    );
};

const brokenChain: Rule = ({ facts: { folder } }) => {
  const all = readOnes(folder.snapshots);
  // A gap in the files explains a gap in the chain, and has a finding of its own.
  const gap =
    all.length < folder.snapshots.length ||
    folder.migrations.some((migration) => isListed(migration) && migration.snapshot === null);
  if (gap) return [];
  const ids = new Set(all.map(({ id }) => id));
  const broken = all.filter(
    ({ id, prevId }) => prevId === id || (prevId !== origin && !ids.has(prevId)),
  );
  // drizzle-kit of old wrote an empty parent for the first.
  const dangling = broken.filter(({ prevId, path }) => prevId !== '' || path !== all[0]?.path);
  if (dangling.length === 0) return [];
  return [
    finding(
      'snapshot-chain-broken',
      'info',
      `${few(dangling.map(({ path }) => path))} follow a snapshot that is not there.`,
      {
        migrations: owners(folder.migrations, dangling),
        evidence: dangling.map(({ path, prevId }) => `${at(folder, path)}: prevId ${prevId}`),
      },
    ),
  ];
};

function readOnes(snapshots: readonly Snapshot[]): Read[] {
  return snapshots.filter((snapshot) => snapshot.state === 'read');
}

function owners(
  migrations: readonly { readonly id: string; readonly snapshot: string | null }[],
  snapshots: readonly { readonly path: string }[],
): string[] {
  return migrations
    .filter(({ snapshot }) => snapshots.some(({ path }) => path === snapshot))
    .map(({ id }) => id);
}

export const snapshotRules: readonly Rule[] = [
  missing,
  malformed,
  outdated,
  collisions,
  brokenChain,
];
