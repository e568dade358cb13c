import { whyProofDoesNotCount } from '../backup.js';
import { planTarget } from '../digest.js';
import { UserError } from '../errors.js';
import type { ChosenBackup, RestoreFacts } from '../restore.js';
import type { StepRequest } from './draft-step.js';

/** @throws UserError for all that would stop a restore half way, or make it one of the wrong file */
export function refuseRestore(request: StepRequest, facts: RestoreFacts): void {
  const { answers } = request;
  const { live, role, backup } = facts;
  if (request.facts.target?.pooler === true) {
    throw new UserError('A connection pooler stands between pgmedic and the server.', [
      'Databases are made and renamed over a direct connection: use a direct URL (DATABASE_URL_UNPOOLED or DIRECT_URL).',
    ]);
  }
  if (!role.superuser && !role.createdb) {
    throw new UserError(`The role ${role.name} may not create databases.`, [
      `As a superuser: ALTER ROLE "${role.name.replaceAll('"', '""')}" CREATEDB; or use the URL of a role that may.`,
      `By hand, as a role that may: restore ${backup.path} into a new database with pg_restore or psql.`,
    ]);
  }
  if (!role.superuser && !role.owns) {
    throw new UserError(
      `The live database belongs to ${live.owner}, and ${role.name} is no member of it.`,
      ['Use the URL of its owner, or of a superuser.'],
    );
  }
  if (facts.unreadable !== null) {
    throw new UserError(`${backup.path} cannot be restored here: ${facts.unreadable}.`, [
      "Install the PostgreSQL client programs of the server's version or newer, and name pg_dump with --pg-dump PATH; its pg_restore is used.",
    ]);
  }
  const doubts = [
    ...withoutProof(backup),
    ...(backup.manifest === null
      ? []
      : [whyProofDoesNotCount(backup.manifest, planTarget(request.facts)) ?? '']),
  ].filter((doubt) => doubt !== '');
  if (doubts.length > 0 && (answers['reason'] ?? '') === '') {
    throw new UserError(doubts.join(' '), [
      'Choose another: --set backup=PATH',
      'If this is the right one all the same, say why: --set reason=TEXT',
    ]);
  }
}

/** What nobody vouches for. */
export function withoutProof({ checksum, manifest }: ChosenBackup): readonly string[] {
  return [
    ...(checksum ? [] : ['No SHA-256 stands beside this file: nothing tells whether it is whole.']),
    ...(manifest === null
      ? [
          'Nothing beside this file says of which database it is, and what it holds: the restored rows can be compared with nothing.',
        ]
      : []),
    ...(manifest !== null && !manifest.proven
      ? ['This backup was read back, and never restored and compared.']
      : []),
  ];
}
