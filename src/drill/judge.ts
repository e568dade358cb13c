import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Ground, Source, Verdict } from './ground.js';
import { readEntries, type Entry } from './journal.js';
import { judgeDatabase, type DataRule } from './judge-database.js';
import { listedSources, type Project } from './project.js';
import { judged, type Judged } from './judged.js';

/**
 * Compares the project with the truth: what the real migrator makes of the project's own
 * journal on an empty database. Works on databases of its own beside the drill's.
 *
 * @param seeded rows by table, as the drill made them: fewer is data lost.
 */
export async function judgeProject(
  ground: Ground,
  project: Project,
  seeded: Readonly<Record<string, number>>,
  rules: readonly DataRule[],
): Promise<Verdict> {
  const judgements: Judged[] = [
    await judgeFiles(ground, project),
    ...judgeEntries(await readEntries(join(ground.dir, project.migrations)), project),
    ...(await judgeDatabase(ground, project, seeded, rules)),
  ];
  return { solved: judgements.every(({ ok }) => ok), facts: judgements.map(({ fact }) => fact) };
}

/** The SQL is not the patient: a solution that empties a file would agree with itself. */
async function judgeFiles(ground: Ground, project: Project): Promise<Judged> {
  const folder = join(ground.dir, project.migrations);
  const names = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith('.sql'));
  const wrong = names.filter((name) => !project.sources.some((s) => `${s.tag}.sql` === name));
  for (const { tag, sql } of project.sources) {
    const text = await readFile(join(folder, `${tag}.sql`), 'utf8').catch(() => null);
    if (text !== sql) wrong.push(`${tag}.sql`);
  }
  return judged(
    wrong.length === 0,
    `The ${project.sources.length} migration files are as they were.`,
    `Migration files were changed, added or removed: ${wrong.join(', ')}.`,
  );
}

function judgeEntries(entries: readonly Entry[] | null, project: Project): Judged[] {
  if (entries === null) return [{ ok: false, fact: 'The journal cannot be read.' }];
  const unlisted = project.sources.filter(({ tag }) => !entries.some((e) => e.tag === tag));
  const twice = entries.filter(({ tag }, at) => entries.findIndex((e) => e.tag === tag) !== at);
  const fallen = entries.find(
    (entry, at) => at > 0 && !(entry.when > (entries[at - 1]?.when ?? NaN)),
  );
  const moved = listedSources(project).filter(
    ({ tag, when, skipped }) =>
      skipped !== true && entries.some((e) => e.tag === tag && e.when !== when),
  );
  return [
    judged(
      unlisted.length === 0 && twice.length === 0,
      `The journal lists all ${project.sources.length} migrations, each once.`,
      unlisted.length > 0
        ? `The journal does not list ${tags(unlisted)}.`
        : `The journal lists ${tags(twice)} more than once.`,
    ),
    judged(
      fallen === undefined,
      'The stamps of the journal rise from entry to entry.',
      `The stamp of ${fallen?.tag} is not above the one before it: a database that stands there skips it.`,
    ),
    judged(
      moved.length === 0,
      'Entries that were listed before have kept their stamps.',
      `The stamp of ${tags(moved)} was changed: databases that have it recorded run it again or skip others.`,
    ),
  ];
}

function tags(list: readonly Pick<Source, 'tag'>[]): string {
  return list.map(({ tag }) => tag).join(', ');
}
