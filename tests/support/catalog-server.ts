import type { CatalogObject } from '../../src/core/catalog.js';
import { connect } from '../../src/postgres/connect.js';
import { readCatalog } from '../../src/postgres/catalog/read-catalog.js';
import type { Query } from '../../src/tools/contract.js';

export interface CatalogServer {
  readonly versionNum: number;
  run(sql: string): Promise<void>;
  /** Runs as a reading does: with pg_catalog alone on the search path. */
  readonly query: Query;
  read(leaveOut?: Parameters<typeof readCatalog>[2]): Promise<Map<string, CatalogObject>>;
  close(): Promise<void>;
}

/** A session in the database, to change its catalog and to read it. */
export async function catalogServer(url: string): Promise<CatalogServer> {
  const { client } = await connect(url, { purpose: 'test' });
  await client.query('SET jit = off');
  const run = async (sql: string): Promise<void> => void (await client.query(sql));
  const query: Query = async (sql, values = []) => {
    await client.query('SET search_path = pg_catalog, pg_temp');
    try {
      return (await client.query<Record<string, string | null>>(sql, [...values])).rows;
    } finally {
      await client.query('RESET search_path');
    }
  };
  const [row] = await query(`SELECT current_setting('server_version_num') AS num`);
  const versionNum = Number(row?.['num']);
  return {
    versionNum,
    run,
    query,
    async read(leaveOut = []) {
      const objects = await readCatalog(query, versionNum, leaveOut);
      const map = new Map(objects.map((object) => [object.key, object]));
      if (map.size !== objects.length) throw new Error('keys are not unique');
      return map;
    },
    close: () => client.end(),
  };
}

/** "set KEY: part, part" and "gone KEY", sorted: what is different after a change. */
export function difference(
  before: ReadonlyMap<string, CatalogObject>,
  after: ReadonlyMap<string, CatalogObject>,
): string[] {
  const lines: string[] = [];
  for (const key of before.keys()) if (!after.has(key)) lines.push(`gone ${key}`);
  for (const [key, { parts }] of after) {
    const old = before.get(key)?.parts;
    if (old === undefined) {
      lines.push(`new ${key}`);
      continue;
    }
    const changed = [...new Set([...Object.keys(old), ...Object.keys(parts)])].filter(
      (part) => old[part] !== parts[part],
    );
    if (changed.length > 0) lines.push(`${key}: ${changed.sort().join(', ')}`);
  }
  return lines.sort();
}
