/** One command or query that this session ran; the whole of them is its log. */
export interface LogEntry {
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** What it was for: "reading the facts", "step journal". */
  readonly phase: string;
  readonly kind: 'read' | 'write' | 'command';
  /** Which connection or program: "diagnose", "write", "pg_dump". */
  readonly by: string;
  /** The SQL or the command line, secrets masked; values that were sent beside it are not in it. */
  readonly text: string;
  /** Milliseconds; null while it runs. */
  readonly took: number | null;
  /** Why it failed; null: it did not. */
  readonly error: string | null;
  /** The same several times in a row are one entry. */
  readonly times: number;
}
