import type { Command } from 'commander';
import { Option } from 'commander';
import { UserError } from '../core/errors.js';
import type { CommonOptions } from '../files/settings.js';

/** What commander gives for the options every command has. */
export interface SharedOptions extends CommonOptions {
  readonly plain?: boolean;
  readonly screenReader?: boolean;
  /** False with --no-color. */
  readonly color?: boolean;
}

/** Adds the options of DESIGN.md that go with every command that looks at a project. */
export function withCommon(command: Command): Command {
  return command
    .option(
      '--database-url <url>',
      'the database (else PGMEDIC_DATABASE_URL, DATABASE_URL, ... or .env)',
    )
    .option('--dir <folder>', 'the project (default: this folder)')
    .option('--migrations <path>', 'the migrations folder (default: as the config says, or found)')
    .option('--tool <name>', 'the migration tool (default: found)')
    .option('--history-table <schema.table>', 'where the tool records what it applied')
    .option('--env <name>', 'what this environment is called, such as production')
    .option('--pg-dump <path>', 'the pg_dump to use for backups')
    .addOption(new Option('--sandbox-url <url>', 'a server on which pgmedic may create databases'))
    .option('--read-only', 'write nothing, whatever is confirmed')
    .option('--plain', 'line mode: no screen')
    .option('--screen-reader', 'line mode in plain lines alone (also: INK_SCREEN_READER=true)')
    .option('--no-color', 'no colour');
}

/**
 * For commands that are there to write.
 * @throws UserError where the session is read-only
 */
export function refuseReadOnly(
  { readOnly }: { readonly readOnly?: boolean },
  command: string,
): void {
  if (!readOnly) return;
  throw new UserError(`This is READ-ONLY, and ${command} writes: nothing was begun.`, [
    'Look without writing: pgmedic, pgmedic diagnose or pgmedic plan.',
    'To write, leave out --read-only, or take the mark off the environment in pgmedic.config.yaml.',
  ]);
}

/** "reason=because" repeated. @throws UserError for one without "=". */
export function parseSets(values: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    values.map((value) => {
      const at = value.indexOf('=');
      if (at < 1) throw new UserError(`--set ${value} is not of the form KEY=VALUE.`);
      return [value.slice(0, at), value.slice(at + 1)];
    }),
  );
}

/** "journal:0123456789abcdef" repeated; a step's id may contain colons itself. @throws UserError for another form. */
export function parseConfirms(values: readonly string[]): ReadonlyMap<string, string> {
  return new Map(
    values.map((value) => {
      const at = value.lastIndexOf(':');
      if (at < 1) throw new UserError(`--confirm ${value} is not of the form STEP:DIGEST.`);
      return [value.slice(0, at), value.slice(at + 1)] as const;
    }),
  );
}

/** Gathers a repeatable option. */
export function repeated(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}
