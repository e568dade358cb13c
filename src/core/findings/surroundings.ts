import type { Finding } from '../finding.js';
import { count, finding, type Rule } from './input.js';

const replica: Rule = ({ facts: { target } }) =>
  target?.role === 'replica'
    ? [
        finding('replica', 'error', 'This server is a replica: nothing can be written here.', {
          evidence: [`${target.host}:${target.port} is in recovery`],
        }),
      ]
    : [];

const pooler: Rule = ({ facts: { target, surroundings } }) => {
  if (target?.pooler !== true) return [];
  const direct = surroundings?.directUrl ?? null;
  const way =
    direct === null
      ? 'no direct URL was found: name one with --database-url'
      : `${direct.origin} holds a direct one: ${direct.value}`;
  return [
    finding(
      'pooler',
      'error',
      'The database URL leads to a connection pooler: locks and sessions do not hold there. Use the direct one.',
      {
        evidence: [`${target.host}:${target.port} answers as a pooler`, way],
      },
    ),
  ];
};

const privileges: Rule = ({ facts: { target, surroundings } }) => {
  const missing = surroundings?.missingPrivileges ?? [];
  if (missing.length === 0) return [];
  const who = target === null ? 'This role' : `The role ${target.user}`;
  return [
    finding('insufficient-privilege', 'error', `${who} may not do what a migration run needs.`, {
      evidence: missing,
    }),
  ];
};

const dumper: Rule = ({ facts: { settings, surroundings } }) => {
  if (surroundings === null) return [];
  const { use, named, rejected } = surroundings.dumper;
  const name = settings.find((setting) => setting.name === 'pg-dump')?.value;
  const refused = named ? (rejected.find(({ path }) => path === name) ?? rejected[0]) : undefined;
  if (use !== 'none' && refused === undefined) return [];
  const reasons = (refused === undefined ? rejected : [refused]).map(
    ({ path, version, reason }) => `${path}${version === null ? '' : ` ${version}`}: ${reason}`,
  );
  const old = (refused === undefined ? rejected : [refused]).some(
    ({ version }) => version !== null,
  );
  const severity = use === 'none' ? 'error' : 'warning';
  const without = use === 'none' ? ' Without a backup nothing is written.' : '';
  if (old) {
    return [
      finding(
        'pg-dump-too-old',
        severity,
        `The pg_dump that was found is of no use for this server.${without}`,
        { evidence: reasons },
      ),
    ];
  }
  const what =
    refused === undefined
      ? 'There is no pg_dump to be found.'
      : 'The pg_dump that was named cannot be used.';
  return [
    finding('pg-dump-missing', severity, `${what}${without}`, {
      evidence:
        reasons.length > 0
          ? reasons
          : ['neither on the PATH nor in the usual places; --pg-dump names one'],
    }),
  ];
};

const blocked: Rule = ({ facts: { surroundings } }) => {
  const blockers = surroundings?.blockers ?? [];
  if (blockers.length === 0) return [];
  const found: Finding = finding(
    'blocked',
    'warning',
    `${count(blockers.length, 'session')} ${blockers.length === 1 ? 'holds' : 'hold'} a lock that a write to the history table has to wait for.`,
    {
      evidence: blockers.map(
        ({ pid, user, application, state, age, holds, query }) =>
          `pid ${pid} (${user}${application === '' ? '' : `, ${application}`}), ${state} for ${Math.round(age)} s, holds ${holds}: ${query.replaceAll(/\s+/g, ' ').slice(0, 120)}`,
      ),
    },
  );
  return [found];
};

export const surroundingRules: readonly Rule[] = [replica, pooler, privileges, dumper, blocked];
