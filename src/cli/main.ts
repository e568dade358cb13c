import { Command, CommanderError, Option } from 'commander';
import { ownVersion } from '../runtime/version.js';
import { UserError } from '../core/errors.js';
import { formats, reportFormats } from './formats.js';
import type { SharedOptions } from './options.js';
import { repeated, withCommon } from './options.js';
import { exitCodes, printError } from './output.js';

/** Runs one command line (without node and script) and returns the exit code. Never throws. */
export async function main(args: readonly string[]): Promise<number> {
  let code: number = exitCodes.healthy;
  const program = buildProgram((result) => {
    code = result;
  });
  try {
    demandFolder();
    // It wants every other command's names, which no other command needs.
    if (['complete', 'completion', 'help', '--help', '-h'].includes(args[0] ?? '')) {
      await (await import('./completion.js')).addCompletion(program);
    }
    await program.parseAsync([...args], { from: 'user' });
    return code;
  } catch (error) {
    // commander has printed its own message already.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : exitCodes.couldNotLook;
    printError(error);
    return exitCodes.couldNotLook;
  }
}

/** Without it Node cannot even make a path of a name, and no message would say why. */
function demandFolder(): void {
  try {
    process.cwd();
  } catch {
    throw new UserError('The folder you are in is not there any more.', [
      'Go to the project, and try again: cd ...',
    ]);
  }
}

type Done = (code: number) => void;

/** Each command loads its own code when it runs: looking at one thing does not pay for all. */
function buildProgram(done: Done): Command {
  const program = withCommon(new Command('pgmedic'))
    .description(
      'The crash cart for PostgreSQL migrations. Without a command: guided recovery of the project in this folder.',
    )
    .version(ownVersion())
    .exitOverride()
    .configureHelp({ showGlobalOptions: false })
    .showSuggestionAfterError()
    .enablePositionalOptions()
    .allowExcessArguments()
    .action(async (options: SharedOptions) => {
      refuseUnknown(program.args, program);
      const { guided } = await import('./guided.js');
      done(await guided(options));
    });

  const command = (name: string, description: string): Command =>
    withCommon(program.command(name).description(description))
      .allowExcessArguments(false)
      .showHelpAfterError(`  How it is used: pgmedic ${name.split(' ')[0]} --help`)
      .exitOverride();

  command('diagnose', 'say what is wrong, and how that is known; writes nothing')
    .option('--json', 'the contract object, for programs; the same as --format json')
    .addOption(new Option('--format <name>', 'how to print it (default: text)').choices(formats))
    .option('--offline', 'files only, no database')
    .action(async (options) => done(await (await import('./diagnose.js')).diagnose(options)));

  command('backup', 'take a backup and prove that it restores')
    .option('--out <folder>', 'where to keep it (default: the state folder)')
    .option('--json', 'the result as an object')
    .action(async (options) => done(await (await import('./backup.js')).backup(options)));

  command('playbooks [name]', 'list the playbooks, or show one')
    .option('--json', 'as an object')
    .action(async (name, options) =>
      done(await (await import('./playbooks.js')).playbooks(name, options)),
    );

  command(
    'plan <playbook> [migrations...]',
    'what a playbook would do here, step by step; writes nothing',
  )
    .option('--set <key=value>', 'answer a question of the playbook', repeated, [])
    .option('--out <file>', 'write the plan as JSON')
    .option('--json', 'print the plan as JSON')
    .action(async (playbook, migrations, options) =>
      done(await (await import('./plan.js')).plan(playbook, migrations, options)),
    );

  command('apply <plan>', 'prove a backup, then run a plan whose steps are confirmed here')
    .option('--confirm <step:digest>', 'confirm one step as it was shown', repeated, [])
    .option('--target-name <database>', 'the database’s name, for destructive steps')
    .option(
      '--accept-read-back <reason>',
      'do not wait for the proof of the backup, and why; the reason stands in the run log and the report',
    )
    .option('--json', 'each step’s outcome as an object')
    .action(async (file, options) => done(await (await import('./apply.js')).apply(file, options)));

  command(
    'verify-plan <plan>',
    'make a plan again from this checkout and connection; writes nothing',
  )
    .option('--code <code>', 'the code that the other person reads out')
    .option('--json', 'the outcome as an object')
    .action(async (file, options) =>
      done(await (await import('./verify-plan.js')).verifyPlan(file, options)),
    );

  command('undo [session] [step]', 'take a step of a session back, if the world has not moved on')
    .option('--confirm <step:digest>', 'confirm the undo as it was shown', repeated, [])
    .option('--json', 'the outcome as an object')
    .action(async (session, step, options) =>
      done(await (await import('./undo.js')).undo(session, step, options)),
    );

  command('resume [session]', 'after a crash: what became of each step')
    .option('--json', 'as an object')
    .action(async (session, options) =>
      done(await (await import('./resume.js')).resume(session, options)),
    );

  command('sessions', 'list the sessions of this project')
    .option('--json', 'as an object')
    .action(async (options) => done(await (await import('./sessions.js')).sessions(options)));

  command('report [session]', 'the incident report of a session (default: the last one)')
    .addOption(
      new Option('--format <name>', 'how to print it (default: md)').choices(reportFormats),
    )
    .option('--as-drill <file>', 'write it as a drill instead, without any row of data')
    .action(async (session, options) =>
      done(await (await import('./report.js')).report(session, options)),
    );

  command('doctor', 'say what of the surroundings works, and how to mend the rest')
    .option('--json', 'as an object')
    .action(async (options) => done(await (await import('./doctor.js')).doctor(options)));

  command('drill [name]', 'practise on a broken sandbox; without a name: the list')
    .option('--list', 'list the drills')
    .option('--json', 'the list as an object')
    .option(
      '--from <folder>',
      'make one of the migrations of a folder, or play an incident that was written as a drill',
    )
    .option('--seed <number>', 'with --from: which one (default: by chance); the same again')
    .option('--serve', 'print where it is and keep it up until standard input closes')
    .action(async (name, options) => done(await (await import('./drill.js')).drill(name, options)));

  return program;
}

/** What is no command would otherwise be taken for an argument of the guided recovery. */
function refuseUnknown([name]: readonly string[], { commands }: Command): void {
  if (name === undefined) return;
  const near = commands.map((one) => one.name()).filter((one) => one[0] === name[0]);
  throw new UserError(`There is no command ${name}.`, [
    near.length > 0 ? `Did you mean ${near.join(' or ')}?` : 'List them: pgmedic --help',
  ]);
}
