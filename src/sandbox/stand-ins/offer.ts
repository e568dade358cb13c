import pg from 'pg';
import { markOf, type StandInExtension } from './extension.js';
import { standInExtensions } from './extensions.js';
import { folderSetting } from './files.js';

/**
 * Lets CREATE EXTENSION find the stand-ins in this database of the embedded server, for all
 * sessions that begin after this one's call. What the server has itself goes first.
 *
 * @returns false where there are none to offer: another server, or not a superuser
 */
export async function offerStandIns(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query<Record<'folder' | 'known' | 'database', string | null>>(
    `SELECT pg_catalog.current_setting('${folderSetting}', true) AS folder,
            pg_catalog.current_setting('extension_control_path', true) AS known,
            pg_catalog.current_database() AS database
       FROM pg_catalog.pg_roles WHERE rolname = current_user AND rolsuper`,
  );
  const [row] = rows;
  if (!row?.folder || row.known === null) return false;
  const path = pg.escapeLiteral(`$system:${row.folder}`);
  await client.query(
    `ALTER DATABASE ${pg.escapeIdentifier(row.database ?? '')} SET extension_control_path = ${path}`,
  );
  return true;
}

/** The stand-ins that are installed in this database. Their `sentence` is for the operator. */
export async function standInsIn(client: pg.Client): Promise<readonly StandInExtension[]> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT e.extname AS name FROM pg_catalog.pg_extension e
      WHERE EXISTS (SELECT FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_proc p ON p.oid = d.objid
                     WHERE d.classid = 'pg_catalog.pg_proc'::regclass AND d.deptype = 'e'
                       AND d.refclassid = 'pg_catalog.pg_extension'::regclass AND d.refobjid = e.oid
                       AND p.proname = ANY ($1))`,
    [standInExtensions.map(({ name }) => markOf(name))],
  );
  const names = new Set(rows.map(({ name }) => name));
  return standInExtensions.filter(({ name }) => names.has(name));
}
