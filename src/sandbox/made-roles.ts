import type pg from 'pg';
import { mentions } from '../core/evidence/written-names.js';
import { quoteIdent } from '../core/tool.js';
import { withConnection } from '../postgres/connect.js';
import { lockClass } from './named.js';
import type { Sandbox } from './sandbox.js';
import { isEmbedded } from './stand-ins/index.js';

/** Roles belong to the whole server: this marks copies of live ones, which alone are changed and dropped. */
export const roleMark = 'pgmedic: a copy of a role of the live server';

/** The roles of a server at some moment. */
export interface RolesThere {
  readonly oids: ReadonlySet<string>;
  readonly names: ReadonlySet<string>;
}

export async function rolesOn(client: pg.Client): Promise<RolesThere> {
  const { rows } = await client.query<{ oid: string; name: string }>(
    'SELECT oid::text, rolname AS name FROM pg_catalog.pg_roles',
  );
  return {
    oids: new Set(rows.map(({ oid }) => oid)),
    names: new Set(rows.map(({ name }) => name)),
  };
}

const makesRole = /\bcreate\s+(?:role|user|group)\b(?!\s+mapping\b)/i;

/** Those of the texts that make roles, in a block or a function too. */
export function makersIn(texts: readonly string[]): readonly string[] {
  return texts.filter((text) => makesRole.test(text));
}

/** Whether one of these texts makes roles and has this name in it. */
export function makerIn(texts: readonly string[]): (name: string) => boolean {
  const makers = makersIn(texts);
  return (name) => makers.some((text) => mentions(text, name));
}

/**
 * Drops the roles that came since `before` and are `ours`, by name; once the databases are gone in which
 * they own something. Where another pgmedic is at work on the same server, they may be its own, and stay.
 *
 * @returns one sentence for each role that came and stays on a server that is not ours
 */
export async function takeRolesBack(
  { adminUrl }: Sandbox,
  before: RolesThere,
  ours: (name: string) => boolean,
): Promise<readonly string[]> {
  return withConnection(adminUrl, { purpose: 'sandbox' }, async ({ client }) => {
    const { rows } = await client.query<{ oid: string; name: string }>(
      `SELECT oid::text, rolname AS name FROM pg_catalog.pg_roles
       WHERE pg_catalog.shobj_description(oid, 'pg_authid') IS DISTINCT FROM $1 ORDER BY oid DESC`,
      [roleMark],
    );
    const fresh = rows.filter(({ oid }) => !before.oids.has(oid));
    if (fresh.length === 0) return [];
    const own = await isEmbedded(client);
    const alone = own || (await isAlone(client));
    const left: string[] = [];
    for (const { name } of fresh) {
      const dropped =
        ours(name) &&
        alone &&
        (await client.query(`DROP ROLE IF EXISTS ${quoteIdent(name)}`).then(
          () => true,
          () => false,
        ));
      if (!dropped) left.push(name);
    }
    return own ? [] : left.map(stays);
  });
}

function stays(name: string): string {
  return `the role ${name} came to the sandbox's server meanwhile and stays there, since it may be somebody else's`;
}

/** Each sandbox on a named server holds such a lock. */
async function isAlone(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query<{ count: string }>(
    `SELECT count(DISTINCT objid) AS count FROM pg_catalog.pg_locks
     WHERE locktype = 'advisory' AND objsubid = 2 AND classid = $1`,
    [lockClass],
  );
  return Number(rows[0]?.count) <= 1;
}
