import { quoteIdent } from '../../core/tool.js';
import type { Bench } from './bench.js';

/**
 * Makes a role as the live server has it, without login. One that is there already is as good: a role
 * outlives the replay's database. The tool's own user may do here what the sandbox's role may, as it
 * is the one that runs everything.
 */
export async function makeRole(
  name: string,
  { live, run, knowledge, madeRole }: Bench,
): Promise<boolean> {
  const role = live.roles.find((one) => one.name === name);
  if (role === undefined || knowledge.makes('role', name)) return false;
  const options = [
    role.superuser || name === live.user ? 'SUPERUSER' : 'NOSUPERUSER',
    role.inherit ? 'INHERIT' : 'NOINHERIT',
    role.bypassRls ? 'BYPASSRLS' : 'NOBYPASSRLS',
  ];
  const refusal = await run(`CREATE ROLE ${quoteIdent(name)} NOLOGIN ${options.join(' ')}`);
  if (refusal === null) madeRole(name);
  else if (refusal.sqlstate !== '42710') return false;
  for (const group of role.memberOf) {
    await run(`GRANT ${quoteIdent(group)} TO ${quoteIdent(name)}`);
  }
  return true;
}
