import type { Folder, History, HistoryRow } from '../../src/core/facts.js';
import { isEdited } from '../../src/core/tool.js';
import type { Tool } from '../../src/tools/contract.js';
import {
  late,
  notes,
  orders,
  type Sample,
  shown,
  type Shown,
  shows,
  type Subject,
  users,
} from './conformance.js';

/** The tables of docs/TOOLS.md: asked of the adapters, with what the conformance suite shows of each. */
export function toolTables(tools: readonly (readonly [Tool, Subject])[]): string {
  const rules = tools.map(([tool, subject]) => {
    const { schema, table } = tool.defaultHistoryTable;
    const folders = tool.usualFolders.map((folder) => `\`${folder}\``).join(', ');
    return [
      tool.title,
      `\`${tool.name}\``,
      folders || 'its config',
      `\`${schema}.${table}\``,
      lateFile(tool, subject),
      rowWithoutFile(tool, subject),
      editedFile(tool, subject),
      tool.atomicity,
    ];
  });
  const cells = tools.map(([{ title }, subject]) => [
    title,
    ...(Object.keys(shown) as Shown[]).map((one) =>
      shows(subject).includes(one) ? subject.judge : '–',
    ),
  ]);
  const ruleHead = [
    'Tool',
    '`--tool`',
    'Folder',
    'History table',
    'A late file',
    'A row without a file',
    'An edited file',
    'One transaction',
  ];
  return `${markdown(ruleHead, rules)}\n\n${markdown(['Tool', ...Object.values(shown)], cells)}`;
}

function lateFile(tool: Tool, subject: Subject): string {
  const { runs, fails } = nextRun(tool, subject, [users, late, orders], [users, orders]);
  return fails !== null ? 'refused' : runs.length === 1 ? 'runs' : 'passed over in silence';
}

function rowWithoutFile(tool: Tool, subject: Subject): string {
  const { fails } = nextRun(tool, subject, [users, notes], [users, orders, notes]);
  return fails === null ? 'no matter' : 'refused';
}

function editedFile(tool: Tool, subject: Subject): string {
  const history = historyOf(tool, subject, [orders]);
  const edited = folderOf(tool, subject, [{ ...orders, up: [...orders.up, 'SELECT 1'] }]);
  const matches = [...tool.match(edited, history).recorded.values()].flat();
  return matches.some(isEdited) ? 'seen' : 'not seen: no checksum';
}

function nextRun(
  tool: Tool,
  subject: Subject,
  there: readonly Sample[],
  recorded: readonly Sample[],
): ReturnType<Tool['nextRun']> {
  const history = historyOf(tool, subject, recorded);
  return tool.nextRun(folderOf(tool, subject, there), history);
}

function folderOf(tool: Tool, subject: Subject, samples: readonly Sample[]): Folder {
  const files = new Map(
    Object.entries(subject.files(samples))
      .filter(([path]) => path.startsWith(`${subject.folder}/`))
      .map(([path, text]) => [path.slice(subject.folder.length + 1), Buffer.from(text)]),
  );
  return tool.readFolder({ path: subject.folder, root: '/', files, unreadable: [] }, []);
}

/** As if the tool had just run these. */
function historyOf(tool: Tool, subject: Subject, samples: readonly Sample[]): History {
  const { migrations } = folderOf(tool, subject, samples);
  const rows = migrations.flatMap((migration, at): HistoryRow[] => {
    const row = tool.historyRow(migration, null);
    if (row === null) return [];
    const id = String(at + 1);
    if (row.name === undefined) return [{ ...row, id }];
    return [{ ...row, id, columns: { ...row.columns, ...subject.columns } }];
  });
  const last = rows.at(-1);
  const table = tool.defaultHistoryTable;
  const none = { configured: false, elsewhere: [], sequence: null, otherTables: 0 };
  // Where the table has one row, it is that of the last.
  const left = last?.follows === undefined ? rows : [last];
  return { expected: table, table, rows: left, ...none };
}

/** Aligned as the formatter has it. */
function markdown(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((_, at) =>
    Math.max(...[head, ...rows].map((row) => (row[at] ?? '').length)),
  );
  const line = (row: readonly string[]): string =>
    `| ${row.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(' | ')} |`;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n');
}
