import type pg from 'pg';
import type { SqlParser } from '../../core/sql.js';
import type { Fence } from '../fence.js';
import { textOf, type Tree, treesOf } from '../replay/tree.js';
import { rewriteFor } from '../stand-ins/index.js';
import { namesIn } from './names.js';
import { attempt } from './send.js';

/** A statement of the dump that the sandbox refused. */
export interface Refused {
  readonly sqlstate: string;
  readonly message: string;
  /** What it names: "public.docs", "docs", "vector". */
  readonly names: readonly string[];
  /** It would have made this extension. */
  readonly extension: string | null;
  /** An event trigger that would have had a say in the migrations. */
  readonly eventTrigger: string | null;
}

/** What a role that is no superuser cannot do. */
const ownership = /^(ALTER [\s\S]* OWNER TO |GRANT |REVOKE |ALTER DEFAULT PRIVILEGES )/;
/** What changes nothing of the schema: a setting of another version, a comment on an extension. */
const beside = /^(SET |SELECT pg_catalog\.set_config|COMMENT ON EXTENSION )/;

/**
 * Restores a schema dump into an empty database: at once, or, where a statement of it fails,
 * one after another. Returns those that failed.
 */
export async function restoreSchema(
  client: pg.Client,
  dump: string,
  options: {
    readonly parser: SqlParser;
    readonly owners: boolean;
    readonly signal: AbortSignal;
    /** Null: our own server, where all of it is made. */
    readonly fence: Fence | null;
  },
): Promise<readonly Refused[]> {
  const { parser, owners, signal, fence } = options;
  // Several statements in one query are one transaction: all of it, or nothing.
  const atOnce = (sql: string): Promise<boolean> =>
    client.query(rewriteFor(sql)).then(
      () => true,
      () => false,
    );
  if (owners && fence === null) {
    if (await atOnce(dump)) return [];
    signal.throwIfAborted();
  }
  const split = parser.split(dump);
  if (!split.ok) return [refusal({ sqlstate: '42601', message: split.message }, '')];
  const { kept, refused } = divided(
    split.statements.map(({ text }) => text),
    fence,
  );
  if (owners && fence !== null && (await atOnce(kept.map((text) => `${text};`).join('\n'))))
    return refused;
  for (const text of kept) {
    signal.throwIfAborted();
    if (!owners && ownership.test(text)) continue;
    const error = await attempt(client, text);
    if (error === null || beside.test(text)) continue;
    signal.throwIfAborted();
    refused.push(refusal(error, text));
  }
  return refused;
}

/** Event triggers are run by what is tried, and may do anything: only our own server has them. */
function divided(
  texts: readonly string[],
  fence: Fence | null,
): { readonly kept: readonly string[]; readonly refused: Refused[] } {
  if (fence === null) return { kept: texts, refused: [] };
  const refused: Refused[] = [];
  const disabled = new Set<string>();
  const kept = texts.filter((text) => {
    const [tree] = treesOf(text);
    if (tree === undefined) return true;
    const { type, node } = tree;
    const name = textOf(node, 'trigname') ?? '';
    if (type === 'AlterEventTrigStmt' && textOf(node, 'tgenabled') === 'D') disabled.add(name);
    if (type === 'CreateEventTrigStmt') {
      refused.push({ ...refusal(notMade, text), eventTrigger: name });
    }
    if (/\bEVENT TRIGGER\b/.test(text) && isOfEventTrigger(tree)) return false;
    const why = fence(tree);
    if (why !== null) refused.push(refusal({ ...notMade, message: why }, text));
    return why === null;
  });
  const active = refused.map((one) =>
    disabled.has(one.eventTrigger ?? '') ? { ...one, eventTrigger: null } : one,
  );
  return { kept, refused: active };
}

function isOfEventTrigger({ type, node }: Tree): boolean {
  const object = textOf(node, 'objectType') ?? textOf(node, 'objtype');
  return type.endsWith('EventTrigStmt') || object === 'OBJECT_EVENT_TRIGGER';
}

const notMade = { sqlstate: '0A000', message: '' };

function refusal(
  { sqlstate, message }: { readonly sqlstate: string; readonly message: string },
  text: string,
): Refused {
  const [tree] = treesOf(text);
  const extension =
    tree?.type === 'CreateExtensionStmt' ? (textOf(tree.node, 'extname') ?? null) : null;
  const names = tree === undefined ? [] : namesIn(tree);
  return { sqlstate, message, names, extension, eventTrigger: null };
}
