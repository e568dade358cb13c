import type { TableRef } from '../../core/facts.js';
import type { SqlParser } from '../../core/sql.js';
import type { Chunk, ToolRules } from '../../core/tool.js';
import type { LiveRole, LiveSession } from '../../postgres/read-roles.js';
import type { RelationSizes } from '../../postgres/read-sizes.js';
import type { Look } from '../../postgres/reading-transaction.js';
import type { Query } from '../../tools/contract.js';
import type { Sandbox } from '../sandbox.js';

/** One migration that the tool would run. */
export interface PlannedRun {
  readonly id: string;
  /** Of its file, for messages. */
  readonly path: string;
  readonly text: string;
  /** What the tool sends, in order: ToolRules.chunks(text). */
  readonly chunks: readonly Chunk[];
  /** It is run without a transaction around it, whatever the tool does with others. */
  readonly bare: boolean;
  /** The INSERT into the history table that follows it; null where it cannot be said. */
  readonly record: string | null;
}

export interface RehearsalInput {
  readonly sandbox: () => Promise<Sandbox>;
  /** In the order of the tool. */
  readonly runs: readonly PlannedRun[];
  readonly atomicity: ToolRules['atomicity'];
  /** ToolRules.swallows; nothing when not given. */
  readonly swallows?: ToolRules['swallows'];
  /** Where the tool keeps its history, and what it sends before everything else (HistorySql.create). */
  readonly history: { readonly table: TableRef; readonly create: readonly string[] };
  readonly parser: SqlParser;
  readonly live: {
    /** 140023 */
    readonly serverVersionNum: number;
    readonly schemaDump: () => Promise<string>;
    readonly roles: readonly LiveRole[];
    readonly session: LiveSession;
    readonly sizes: Readonly<Record<string, RelationSizes>>;
  };
  readonly ask: LiveRows;
  /** Called with the copy as it is before anything runs, and behind the last statement where nothing failed. */
  readonly onCopy?: (query: Query, when: 'before' | 'after') => Promise<void>;
  readonly signal: AbortSignal;
  /** What it is at, a few words ("restoring the schema"). */
  readonly onProgress: (doing: string) => void;
}

/** The live rows, behind reading transactions: nothing else of this folder reaches the live database. */
export interface LiveRows {
  /** Each look is over before the next migration is tried: a long one would hold back VACUUM there. */
  readonly look: Look;
  /** Tables with more rows or bytes than these are asked by probes, not copied. Default 5,000 and 4 MiB. */
  readonly rowLimit?: number;
  readonly byteLimit?: number;
  /** Milliseconds for one read or probe. Default 5,000. */
  readonly timeout?: number;
}
