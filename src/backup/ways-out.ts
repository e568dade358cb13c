import { execa } from 'execa';
import { withConnection } from '../postgres/connect.js';
import { told } from '../postgres/observed.js';
import { programEnvironment } from './environment.js';
import { restoreBeside } from './find.js';

/**
 * Leads from a database to other servers: a subscription, which also keeps its database from being
 * dropped, and a user's name and password for a foreign server. A copy that is thrown away has none.
 */
const kinds = '(?:SUBSCRIPTION|USER MAPPING)';

/** Lines of a table of contents: "3512; 1418 16433 USER MAPPING - USER MAPPING app SERVER far postgres". */
const listed = new RegExp(
  `^\\d+; \\d+ \\d+ (?:${kinds} |(?:COMMENT|SECURITY LABEL) - SUBSCRIPTION )`,
);

/** What a piece of a plain dump makes (split.ts). */
const named = new RegExp(`^(?:${kinds} |(?:COMMENT|SECURITY LABEL) SUBSCRIPTION )`);

export function leadsOut(object: string): boolean {
  return named.test(object);
}

/** The table of contents of an archive without what leads out; null where there is nothing of the kind. */
export async function listWithoutWaysOut(
  pgDump: string,
  file: string,
  signal: AbortSignal,
): Promise<string | null> {
  const program = restoreBeside(pgDump);
  const text = `${program} --list ${file}`;
  const { stdout } = await told({ kind: 'command', by: 'pg_restore', text }, async () =>
    execa(program, ['--list', file], {
      stdin: 'ignore',
      extendEnv: false,
      env: programEnvironment({}),
      cancelSignal: signal,
      maxBuffer: 1 << 30,
    }),
  );
  const lines = stdout.split('\n');
  const kept = lines.filter((line) => !listed.test(line));
  return kept.length === lines.length ? null : `${kept.join('\n')}\n`;
}

/**
 * The same database, in whose sessions no event trigger has a say: one ON login (17 and later) would
 * change the copy that is about to be compared. As it is where the role is no superuser, and so
 * could not have made one.
 */
export async function withoutEventTriggers(url: string): Promise<string> {
  const can = await withConnection(url, { purpose: 'restore' }, async ({ client }) => {
    const { rows } = await client.query<{ can: string }>(
      `SELECT current_setting('server_version_num')::int >= 170000
        AND current_setting('is_superuser') = 'on' AS can`,
    );
    return rows[0]?.can === 't';
  });
  if (!can) return url;
  const given = /[?&]options=[^&]*/.exec(url);
  const off = '-c%20event_triggers%3Doff';
  if (given === null) return `${url}${url.includes('?') ? '&' : '?'}options=${off}`;
  return url.replace(given[0], () => `${given[0]}%20${off}`);
}
