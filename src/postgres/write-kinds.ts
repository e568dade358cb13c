import type { ParsedStatement } from '../core/sql.js';

/** A node of the parse tree: only the few fields that are looked at here. */
export type Node = Readonly<Record<string, unknown>>;

type Kind = Pick<ParsedStatement, 'kind' | 'label'>;

const TRANSACTION: Readonly<Record<string, string>> = {
  TRANS_STMT_BEGIN: 'BEGIN',
  TRANS_STMT_START: 'START TRANSACTION',
  TRANS_STMT_COMMIT: 'COMMIT',
  TRANS_STMT_ROLLBACK: 'ROLLBACK',
  TRANS_STMT_SAVEPOINT: 'SAVEPOINT',
  TRANS_STMT_RELEASE: 'RELEASE SAVEPOINT',
  TRANS_STMT_ROLLBACK_TO: 'ROLLBACK TO SAVEPOINT',
  TRANS_STMT_PREPARE: 'PREPARE TRANSACTION',
  TRANS_STMT_COMMIT_PREPARED: 'COMMIT PREPARED',
  TRANS_STMT_ROLLBACK_PREPARED: 'ROLLBACK PREPARED',
};

/** Statements PostgreSQL never takes inside a transaction block, whatever their options. */
const ALWAYS_OUTSIDE: Readonly<Record<string, string>> = {
  CreatedbStmt: 'CREATE DATABASE',
  DropdbStmt: 'DROP DATABASE',
  CreateTableSpaceStmt: 'CREATE TABLESPACE',
  DropTableSpaceStmt: 'DROP TABLESPACE',
  AlterSystemStmt: 'ALTER SYSTEM',
};

/**
 * How a statement stands to transactions. The list follows the callers of
 * PreventInTransactionBlock in PostgreSQL 18; tests/postgres/write-parse.test.ts asks the
 * server itself about each. What depends on the catalog is not known here (REINDEX and
 * CLUSTER of a partitioned table, DROP SUBSCRIPTION of one without a slot): the former count
 * as ordinary, the latter as outside.
 */
export function kindOf(type: string, node: Node, text: string): Kind {
  if (type === 'TransactionStmt') {
    return { kind: 'transaction-control', label: TRANSACTION[textOf(node['kind'])] ?? 'COMMIT' };
  }
  const outside = ALWAYS_OUTSIDE[type] ?? outsideLabel(type, node);
  if (outside !== null) return { kind: 'outside-transaction', label: outside };
  return { kind: 'ordinary', label: firstWords(text) };
}

function outsideLabel(type: string, node: Node): string | null {
  switch (type) {
    case 'IndexStmt':
      return node['concurrent'] === true ? 'CREATE INDEX CONCURRENTLY' : null;
    case 'DropStmt':
      return node['concurrent'] === true ? 'DROP INDEX CONCURRENTLY' : null;
    case 'ReindexStmt':
      return reindex(node);
    case 'VacuumStmt':
      return node['is_vacuumcmd'] === true ? 'VACUUM' : null;
    case 'ClusterStmt':
      return node['relation'] === undefined ? 'CLUSTER' : null;
    case 'DiscardStmt':
      // The enum's first value is left out of the tree by some versions of the parser.
      return (node['target'] ?? 'DISCARD_ALL') === 'DISCARD_ALL' ? 'DISCARD ALL' : null;
    case 'AlterDatabaseStmt':
      return option(node, 'tablespace') === null ? null : 'ALTER DATABASE SET TABLESPACE';
    case 'AlterTableStmt':
      return detachesConcurrently(node) ? 'ALTER TABLE DETACH PARTITION CONCURRENTLY' : null;
    case 'CreateSubscriptionStmt': {
      const connects = isOn(option(node, 'connect') ?? 'true');
      return isOn(option(node, 'create_slot') ?? String(connects)) ? 'CREATE SUBSCRIPTION' : null;
    }
    case 'DropSubscriptionStmt':
      return 'DROP SUBSCRIPTION';
    case 'AlterSubscriptionStmt':
      return alterSubscription(node);
    default:
      return null;
  }
}

function reindex(node: Node): string | null {
  const given = option(node, 'concurrently');
  const kind = textOf(node['kind']).replace('REINDEX_OBJECT_', '');
  if (given !== null && isOn(given)) return `REINDEX ${kind} CONCURRENTLY`;
  return ['SCHEMA', 'SYSTEM', 'DATABASE'].includes(kind) ? `REINDEX ${kind}` : null;
}

function detachesConcurrently(node: Node): boolean {
  return list(node['cmds']).some((item) => {
    const command = item['AlterTableCmd'] as Node | undefined;
    const definition = (command?.['def'] as Node | undefined)?.['PartitionCmd'] as Node | undefined;
    return definition?.['concurrent'] === true;
  });
}

function alterSubscription(node: Node): string | null {
  const kind = textOf(node['kind']);
  if (kind === 'ALTER_SUBSCRIPTION_REFRESH') return 'ALTER SUBSCRIPTION REFRESH PUBLICATION';
  if (!/_(SET|ADD|DROP)_PUBLICATION$/.test(kind)) return null;
  return isOn(option(node, 'refresh') ?? 'true') ? 'ALTER SUBSCRIPTION ... PUBLICATION' : null;
}

/** The text of a WITH or parenthesised option; '' when it stands there without a value. */
function option(node: Node, name: string): string | null {
  for (const item of [...list(node['options']), ...list(node['params'])]) {
    const element = item['DefElem'] as Node | undefined;
    if (element?.['defname'] === name) return valueText(element['arg']);
  }
  return null;
}

function valueText(arg: unknown): string {
  const [type, value] = Object.entries((arg ?? {}) as Node)[0] ?? [];
  const fields = value as Node | undefined;
  // Zero and false are left out of the tree.
  if (type === 'Integer') return textOf(fields?.['ival'] ?? 0);
  if (type === 'Boolean') return textOf(fields?.['boolval'] ?? false);
  return type === 'String' ? textOf(fields?.['sval']) : '';
}

function textOf(value: unknown): string {
  return typeof value === 'object' || value === undefined ? '' : `${value as string | number}`;
}

/** As defGetBoolean reads it; an option without a value is on. */
function isOn(text: string): boolean {
  return !['false', 'off', '0'].includes(text.toLowerCase());
}

function list(value: unknown): readonly Node[] {
  return Array.isArray(value) ? (value as Node[]) : [];
}

function firstWords(text: string): string {
  const words = /^([A-Za-z]+)(?:\s+([A-Za-z]+)\b)?/.exec(text);
  const first = (words?.[1] ?? 'statement').toUpperCase();
  const two = ['CREATE', 'ALTER', 'DROP', 'INSERT', 'DELETE', 'REFRESH', 'COMMENT'].includes(first);
  return two && words?.[2] !== undefined ? `${first} ${words[2].toUpperCase()}` : first;
}
