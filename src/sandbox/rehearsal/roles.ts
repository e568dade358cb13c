import type pg from 'pg';
import { quoteIdent } from '../../core/tool.js';
import { withConnection } from '../../postgres/connect.js';
import type { LiveRole, LiveSession } from '../../postgres/read-roles.js';
import type { Sandbox } from '../sandbox.js';

/** Roles belong to the whole server: this marks those that were made here, which alone are changed and dropped. */
const mark = 'pgmedic: a copy of a role of the live server';
/** So that two copies that begin or end at once do not make or drop one role under each other. */
const lock = 'pg_catalog.pg_advisory_lock(7346221905)';

export interface CopiedRoles {
  /** As whom the migrations run; null: as the sandbox's own role. */
  readonly user: string | null;
  /** False: the sandbox's role may make no roles, so owners and privileges are left out. */
  readonly owners: boolean;
  /** Where the copy is not as the live server, one sentence each. */
  readonly unlike: readonly string[];
  takeBack(): Promise<void>;
}

/**
 * Makes the roles that a copy needs: the live user, those the dump names, and what these are
 * members of. Without login and without password, otherwise as live.
 * @param willMake roles that the migrations make: they outlive the copy's database, and are taken back as well
 */
export async function copyRoles(
  sandbox: Sandbox,
  roles: readonly LiveRole[],
  session: LiveSession,
  dump: string,
  willMake: readonly string[],
): Promise<CopiedRoles> {
  const wanted = needed(roles, session, dump);
  return withConnection(sandbox.adminUrl, { purpose: 'rehearsal' }, async ({ client }) => {
    const own = await client.query<{ name: string; super: string }>(
      'SELECT rolname AS name, rolsuper AS super FROM pg_catalog.pg_roles WHERE rolname = current_user',
    );
    const { name: admin, super: isSuper } = own.rows[0] ?? { name: '', super: 'f' };
    if (isSuper !== 't') return withoutRoles(session.user);
    await client.query(`SELECT ${lock}`);
    const unlike: string[] = [];
    const made: string[] = [];
    for (const role of wanted) {
      const state = await makeRole(client, role);
      if (state !== 'unlike') made.push(role.name);
      else unlike.push(`the sandbox has a role ${role.name} of its own, with other rights`);
    }
    for (const role of wanted.filter(({ name }) => made.includes(name))) {
      for (const group of role.memberOf) {
        // A predefined role of another version is not there.
        await client
          .query(`GRANT ${quoteIdent(group)} TO ${quoteIdent(role.name)}`)
          .catch(() => unlike.push(`the sandbox has no role ${group}`));
      }
    }
    const there = await client.query<{ name: string }>(
      'SELECT rolname AS name FROM pg_catalog.pg_roles',
    );
    const before = new Set(there.rows.map(nameOf));
    const theirs = willMake.filter((one) => !before.has(one));
    const user = session.user === admin ? null : session.user;
    return { user, owners: true, unlike, takeBack: () => takeBack(sandbox, made, theirs) };
  });
}

function withoutRoles(user: string): CopiedRoles {
  const unlike = [`the sandbox's role may make no roles, so what ${user} may do was not tried`];
  return { user: null, owners: false, unlike, takeBack: async () => {} };
}

function needed(
  roles: readonly LiveRole[],
  session: LiveSession,
  dump: string,
): readonly LiveRole[] {
  const named = new Set(
    roles.filter(({ name }) => dump.includes(name) || dump.includes(quoteIdent(name))).map(nameOf),
  );
  named.add(session.user).add(session.databaseOwner);
  for (const { role } of session.databasePrivileges ?? []) named.add(role);
  for (let before = -1; before !== named.size;) {
    before = named.size;
    for (const role of roles) {
      if (named.has(role.name)) for (const group of role.memberOf) named.add(group);
    }
  }
  return roles.filter(({ name }) => named.has(name));
}

const nameOf = ({ name }: { readonly name: string }): string => name;

/** `unlike`: there is one already that is not ours and has other attributes. */
async function makeRole(
  client: pg.Client,
  role: LiveRole,
): Promise<'made' | 'shared' | 'unlike' | 'same'> {
  const { rows } = await client.query<Record<string, string | null>>(
    `SELECT rolsuper, rolbypassrls, rolinherit, rolcreaterole, rolcreatedb,
      pg_catalog.shobj_description(oid, 'pg_authid') AS mark
     FROM pg_catalog.pg_roles WHERE rolname = $1`,
    [role.name],
  );
  const [there] = rows;
  const name = quoteIdent(role.name);
  if (there === undefined) {
    await client.query(`CREATE ROLE ${name} NOLOGIN ${attributes(role)}`);
    await client.query(`COMMENT ON ROLE ${name} IS '${mark}'`);
    return 'made';
  }
  const same =
    (there['rolsuper'] === 't') === role.superuser &&
    // A superuser passes row security and makes databases and roles in any case.
    (role.superuser ||
      ((there['rolbypassrls'] === 't') === role.bypassRls &&
        (there['rolcreaterole'] === 't') === role.createRole &&
        (there['rolcreatedb'] === 't') === role.createDb)) &&
    (there['rolinherit'] === 't') === role.inherit;
  if (there['mark'] !== mark) return same ? 'same' : 'unlike';
  if (!same) await client.query(`ALTER ROLE ${name} ${attributes(role)}`);
  return 'shared';
}

function attributes(role: LiveRole): string {
  const each = (is: boolean, word: string): string => (is ? word : `NO${word}`);
  return [
    each(role.superuser, 'SUPERUSER'),
    each(role.bypassRls, 'BYPASSRLS'),
    each(role.inherit, 'INHERIT'),
    each(role.createRole, 'CREATEROLE'),
    each(role.createDb, 'CREATEDB'),
  ].join(' ');
}

/** A role that another copy still needs owns something there: it cannot be dropped, and stays for that one. */
async function takeBack(
  sandbox: Sandbox,
  names: readonly string[],
  theirs: readonly string[],
): Promise<void> {
  await withConnection(sandbox.adminUrl, { purpose: 'rehearsal' }, async ({ client }) => {
    await client.query(`SELECT ${lock}`);
    for (const name of theirs) {
      await client.query(`DROP ROLE IF EXISTS ${quoteIdent(name)}`).catch(() => {});
    }
    for (const name of names.toReversed()) {
      const { rows } = await client.query(
        `SELECT FROM pg_catalog.pg_roles
         WHERE rolname = $1 AND pg_catalog.shobj_description(oid, 'pg_authid') = '${mark}'`,
        [name],
      );
      if (rows.length > 0)
        await client.query(`DROP ROLE IF EXISTS ${quoteIdent(name)}`).catch(() => {});
    }
  }).catch(() => {});
}
