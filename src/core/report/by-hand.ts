import type { Step, Write } from '../plan.js';
import { lockTable } from '../plan.js';

/**
 * A step as text that a person can run without pgmedic: the SQL for psql, the new file, or
 * the command. Empty for steps that only tell.
 */
export function sqlByHand(step: Step): string {
  switch (step.kind) {
    case 'write':
      return writeByHand(step.write);
    case 'command':
      return step.command.join(' ');
    case 'check':
      return step.check.type === 'sql' ? `${step.check.sql};` : '';
    case 'tell':
    case 'ask':
      return '';
  }
}

function writeByHand(write: Write): string {
  switch (write.type) {
    case 'transaction':
      return [
        ...(write.in === undefined ? [] : [`-- connected to the database ${write.in.database}`]),
        'BEGIN;',
        ...(write.lock === null ? [] : [`${lockTable(write.lock)};`]),
        ...write.statements.map(({ sql, copyTo }) =>
          copyTo === undefined ? ended(sql) : `${ended(sql)} -- into ${copyTo}, beside the run log`,
        ),
        'COMMIT;',
      ].join('\n');
    case 'statement':
      return ended(write.statement.sql);
    case 'batches':
      return `-- again and again, until it changes no row\n${ended(write.statement.sql)}`;
    case 'restore':
      return [
        `-- connected to the database ${write.in.database}`,
        ended(write.create.sql),
        `-- ${write.backup.path} (SHA-256 ${write.backup.sha256}) is restored into ${write.working}, and compared`,
        'BEGIN;',
        ...write.finish.map((statement) => ended(statement.sql)),
        'COMMIT;',
      ].join('\n');
    case 'file':
      if (write.after === null) return `-- remove ${write.path}`;
      return `-- the new content of ${write.path}\n${write.after}`.trimEnd();
  }
}

/** A statement that ends in a comment needs its semicolon on the next line. */
function ended(sql: string): string {
  const text = sql.trimEnd();
  if (text.endsWith(';')) return text;
  return /--[^\n]*$/.test(text) ? `${text}\n;` : `${text};`;
}
