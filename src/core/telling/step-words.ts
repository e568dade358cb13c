import type { Diagnosis } from '../diagnosis.js';
import type { Check, Plan, Risk, Statement, Step, Undo, Write } from '../plan.js';
import { redactDeep, redactText } from '../redact.js';
import { confirmWord, needsConfirmation } from '../session/step-moves.js';
import { describeNextRun } from '../session/verdict.js';
import type { DiffLine } from './diff.js';
import { diffLines } from './diff.js';
import { oneLine } from './visible.js';

/** A step in words and exact text: everything an operator needs to say yes. Both faces and nothing else draw it. */
export interface StepWords {
  readonly title: string;
  readonly risk: string;
  readonly why: readonly string[];
  /** How it is run; null when the step runs nothing. */
  readonly how: string | null;
  /** The exact SQL, command or change of a file; a secret in it is masked. */
  readonly what: readonly DiffLine[];
  readonly before: readonly string[];
  readonly after: readonly string[];
  readonly undo: readonly string[];
  /** The psql command for whoever would rather do it by hand; empty for what is no SQL of this step alone. */
  readonly byHand: readonly string[];
  readonly confirm: ConfirmWords;
}

export type ConfirmWords =
  | { readonly by: 'enter'; readonly words: string }
  | { readonly by: 'key'; readonly words: string }
  | { readonly by: 'word'; readonly word: string; readonly words: string };

export function stepWords(step: Step, plan: Plan, diagnosis: Diagnosis | null): StepWords {
  return {
    title: redactText(oneLine(step.title)),
    risk: isFilling(step) ? 'changes rows' : riskWords(step.risk),
    why: step.text === '' ? [] : redactText(step.text).split('\n'),
    ...content(step, diagnosis),
    byHand: step.kind === 'write' ? byHandWords(step.write, plan) : [],
    ...(plan.undoes && { undo: ['There is no undo: it is an undo itself.'] }),
    confirm: confirmWords(step, plan),
  };
}

/** What the migrator should do when all is done; an undo promises nothing of it. */
export function afterwardsWords({ undoes, predicts }: Plan): readonly string[] {
  return undoes ? [] : [`Afterwards the migrator: ${describeNextRun(predicts)}`];
}

function isFilling(step: Step): boolean {
  return step.kind === 'write' && step.write.type === 'batches' && step.risk === 'ddl';
}

type Content = Pick<StepWords, 'how' | 'what' | 'before' | 'after' | 'undo'>;
const nothing: Content = { how: null, what: [], before: [], after: [], undo: [] };

function content(step: Step, diagnosis: Diagnosis | null): Content {
  switch (step.kind) {
    case 'tell':
      return nothing;
    case 'ask':
      return { ...nothing, how: `Answered: ${redactText(step.answer)}` };
    case 'check':
      return checkContent(step.check);
    case 'command':
      return {
        ...nothing,
        how: "The team's own command, run in the project's folder:",
        what: numbered([commandLine(redactDeep(step.command))]),
        undo: ['pgmedic cannot take a command back.'],
      };
    case 'write':
      return writeContent(step.write, diagnosis);
  }
}

function checkContent(check: Check): Content {
  if (check.type === 'sql') {
    const rows = check.expect.map((row) => row.map((value) => value ?? 'NULL').join(' | '));
    return {
      ...nothing,
      how: `This SELECT is run; it changes nothing and must give ${rows.join('; ') || 'no row'}:`,
      what: numbered([redactText(`${check.sql};`)]),
    };
  }
  return { ...nothing, how: `Looked at, and nothing is changed: ${checkWords(check)}` };
}

function writeContent(write: Write, diagnosis: Diagnosis | null): Content {
  if (write.type === 'file') {
    const was = write.before === null ? null : textBefore(write.path, write.before, diagnosis);
    const kind =
      write.after === null
        ? 'is removed'
        : write.before === null
          ? 'is written anew'
          : was === null
            ? 'is replaced; its whole new text'
            : 'is changed (- as it is, + as it will be)';
    return {
      how: `The file ${write.path} ${kind}:`,
      what: write.after === null ? [] : diffLines(was, write.after),
      before: [
        write.before === null
          ? `${write.path} does not exist`
          : `${write.path} is byte for byte as it was read`,
      ],
      after: [
        write.after === null
          ? `${write.path} does not exist`
          : `${write.path} holds exactly this text`,
      ],
      undo: [
        'The original bytes are kept; pgmedic undo puts them back if the file is still as written here.',
      ],
    };
  }
  return {
    how: howWords(write),
    what: numbered(
      write.type === 'restore' ? restoreLines(write) : statementsOf(write).map(withSemicolon),
    ),
    before: write.before.map(checkWords),
    after: write.after.map(checkWords),
    undo: undoWords(write.undo),
  };
}

/** What is sent, in order; of a restore, what stands around the backup's own statements. */
export function statementsOf(write: Exclude<Write, { type: 'file' }>): readonly Statement[] {
  switch (write.type) {
    case 'transaction':
      return write.statements;
    case 'restore':
      return [write.create, ...write.finish];
    case 'statement':
    case 'batches':
      return [write.statement];
  }
}

function restoreLines({ create, backup, working, finish }: Restore): readonly string[] {
  const compared = backup.manifest === null ? '' : ', and compared with what was dumped';
  return [
    withSemicolon(create),
    `-- then ${backup.path} is restored into ${working}${compared}, and in one transaction:`,
    ...finish.map(withSemicolon),
  ];
}

type Restore = Extract<Write, { type: 'restore' }>;

function howWords(write: Exclude<Write, { type: 'file' }>): string {
  if (write.type === 'restore') {
    return `Into a database made for it; from the database ${write.in.database}, the live one is not touched:`;
  }
  if (write.type === 'statement') {
    return 'By itself, outside a transaction, since PostgreSQL refuses it inside one:';
  }
  if (write.type === 'transaction' && write.in !== undefined) {
    return `In one transaction, all or nothing, from the database ${write.in.database}; nobody may be connected to ${(write.unused ?? []).join(' or ')}, and nobody is ended for it:`;
  }
  const { lock } = write;
  const locked = lock === null ? '' : `, with ${lock} locked against everybody else`;
  return write.type === 'batches'
    ? `Again and again until it changes no row, each time in a transaction of its own${locked}:`
    : `In one transaction, all or nothing${locked}:`;
}

/** The text of the file as it was read, where the diagnosis has it and it is the one that is meant. */
function textBefore(path: string, sha256: string, diagnosis: Diagnosis | null): string | null {
  const journal = diagnosis?.facts.folder.journal ?? null;
  if (journal === null || journal.state === 'missing') return null;
  return journal.path === path && journal.sha256 === sha256 ? journal.text : null;
}

function withSemicolon(statement: Statement): string {
  const to =
    statement.copyTo === undefined ? '' : ` -- into ${statement.copyTo}, beside the run log`;
  return redactText(`${statement.sql};${to}`);
}

function numbered(texts: readonly string[]): readonly DiffLine[] {
  return texts
    .flatMap((text) => text.split('\n'))
    .map((text, index) => ({ sign: ' ', number: index + 1, text }));
}

function checkWords(check: Check): string {
  if (check.type !== 'next-run') return oneLine(check.title);
  const { runs, skips } = check;
  return `the migrator's next run: ${describeNextRun({ runs, skips, fails: null })}`;
}

function undoWords(undo: Undo): readonly string[] {
  if (undo.type === 'none') return [`There is no undo: ${undo.why}`];
  const statements = undo.type === 'sql' ? undo.statements : [undo.statement];
  const sql = statements.map(
    (statement) =>
      `${statement.sql.replaceAll(/\{\{returned:id(?::\d+)?\}\}/g, "(the new row's id)")};`,
  );
  return ['pgmedic undo takes it back, if nothing of it was changed since:', ...sql];
}

/** The password is asked for, or in ~/.pgpass: it never stands in a command line. */
function byHandWords(write: Write, { target }: Plan): readonly string[] {
  if (write.type !== 'transaction' && write.type !== 'statement') return [];
  const { host, port, user, database } = write.in ?? target;
  const where = [`--host=${host}`, `--port=${port}`, `--username=${user}`, `--dbname=${database}`];
  const whole = write.type === 'transaction' ? ['--single-transaction'] : [];
  const lock =
    write.type === 'transaction' && write.lock !== null
      ? `LOCK TABLE ${write.lock} IN ACCESS EXCLUSIVE MODE; and then `
      : '';
  return [
    redactText(
      commandLine(['psql', ...where, '--no-psqlrc', '--set=ON_ERROR_STOP=1', ...whole, '--file=-']),
    ),
    `and on its standard input: ${lock}the SQL above. Look first at what must be true.`,
  ];
}

export function riskWords(risk: Risk): string {
  switch (risk) {
    case 'none':
      return 'changes nothing';
    case 'reversible':
      return 'reversible';
    case 'ddl':
      return 'changes the schema';
    case 'destructive':
      return 'DESTRUCTIVE';
  }
}

export function confirmWords(step: Step, plan: Plan): ConfirmWords {
  if (!needsConfirmation(step)) {
    return {
      by: 'enter',
      words: step.kind === 'check' ? 'Enter runs this check.' : 'Enter goes on.',
    };
  }
  const word = confirmWord(step, plan);
  const object = step.kind === 'command' ? 'run this command' : 'write exactly this';
  if (word === null) return { by: 'key', words: `y: ${object}` };
  return step.risk === 'destructive'
    ? { by: 'word', word, words: `Type the database's name, ${word}, then Enter, to ${object}` }
    : { by: 'word', word, words: `Type ${word}, then Enter, to ${object}` };
}

/** A command as one could paste it into a shell. */
function commandLine(command: readonly string[]): string {
  return command
    .map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`))
    .join(' ');
}
