import type pg from 'pg';
import { quoteIdent } from '../../core/tool.js';
import { withConnection } from '../../postgres/connect.js';
import type { LiveRole, LiveSession } from '../../postgres/read-roles.js';
import { makerIn, roleMark as mark, rolesOn, takeRolesBack } from '../made-roles.js';
import type { Sandbox } from '../sandbox.js';

/** So that two copies that begin or end at once do not make or drop one role under each other. */
const lock = 'pg_catalog.pg_advisory_lock(7346221905)';

export interface CopiedRoles {
  /** As whom the migrations run; null: as the sandbox's own role. */
  readonly user: string | null;
  /** False: the sandbox's role may make no roles, so owners and privileges are left out. */
  readonly owners: boolean;
  /** Where the copy is not as the live server, one sentence each. */
  readonly unlike: readonly string[];
  /** Gives a sentence for each role that stays on a server that is not ours. */
  takeBack(): Promise<readonly string[]>;
}

/**
 * Makes the roles that a copy needs: the live user, those the dump names, and what these are
 * members of. Without login and without password, otherwise as live.
 * @param texts of what is tried: roles that it makes outlive the copy's database, and are taken back as well
 */
export async function copyRoles(
  sandbox: Sandbox,
  roles: readonly LiveRole[],
  session: LiveSession,
  dump: string,
  texts: readonly string[],
): Promise<CopiedRoles> {
  const wanted = needed(roles, session, [dump, ...texts].join('\n'));
  return withConnection(sandbox.adminUrl, { purpose: 'rehearsal' }, async ({ client }) => {
    const own = await client.query<{ name: string; super: string }>(
      'SELECT rolname AS name, rolsuper AS super FROM pg_catalog.pg_roles WHERE rolname = current_user',
    );
    const { name: admin, super: isSuper } = own.rows[0] ?? { name: '', super: 'f' };
    if (isSuper !== 't') {
      const before = await rolesOn(client);
      return {
        user: null,
        owners: false,
        unlike: [
          `the sandbox's role may make no roles, so what ${session.user} may do was not tried`,
        ],
        takeBack: () => takeRolesBack(sandbox, before, makerIn(texts)).catch(() => []),
      };
    }
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
    const before = await rolesOn(client);
    const user = session.user === admin ? null : session.user;
    const takeBack = async (): Promise<readonly string[]> => {
      const left = await takeRolesBack(sandbox, before, makerIn(texts)).catch(() => []);
      await takeCopiesBack(sandbox, made);
      return left;
    };
    return { user, owners: true, unlike, takeBack };
  });
}

function needed(
  roles: readonly LiveRole[],
  session: LiveSession,
  text: string,
): readonly LiveRole[] {
  const named = new Set(
    roles.filter(({ name }) => text.includes(name) || text.includes(quoteIdent(name))).map(nameOf),
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
async function takeCopiesBack(sandbox: Sandbox, names: readonly string[]): Promise<void> {
  await withConnection(sandbox.adminUrl, { purpose: 'rehearsal' }, async ({ client }) => {
    await client.query(`SELECT ${lock}`);
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
