import type { SourceEntry } from './journal.js';
import { type JsonNode, member } from './json.js';
import type { Placed } from './order.js';
import type { Salvaged } from './salvage.js';

/** How the entries of a journal are laid out, taken from the first of them. */
interface Layout {
  /** Between the bracket and the first entry, and after each comma. */
  readonly lead: string;
  /** Between the last entry and the bracket. */
  readonly tail: string;
  entry(members: readonly (readonly [string, unknown])[]): string;
}

/** The journal with these entries. An entry that stays keeps its bytes, but for a changed stamp or idx. */
export function renderJournal(salvaged: Salvaged, entries: readonly Placed[]): string {
  const { frameText: text, frame } = salvaged;
  const layout = layoutOf(text, frame.list);
  const written = entries.map((entry) => renderEntry(entry, layout, salvaged.entries));
  const body =
    written.length === 0 ? '' : `${layout.lead}${written.join(`,${layout.lead}`)}${layout.tail}`;
  return `${text.slice(0, frame.list.start)}[${body}]${text.slice(frame.list.end)}`;
}

function renderEntry(entry: Placed, layout: Layout, others: readonly SourceEntry[]): string {
  const { source, when, idx, tag } = entry;
  if (source === null) {
    const model = others.at(-1)?.value;
    return layout.entry([
      ['idx', idx],
      ['version', model?.['version'] ?? '7'],
      ['when', when],
      ['tag', tag],
      ['breakpoints', model?.['breakpoints'] ?? true],
    ]);
  }
  const wanted = {
    ...(source.idx === idx ? {} : { idx }),
    ...(source.when === when ? {} : { when }),
  };
  let text = source.source.slice(source.node.start, source.node.end);
  const edits = Object.entries(wanted).map(([key, value]) => ({
    node: member(source.node, key),
    value: String(value),
  }));
  if (edits.some(({ node }) => node === null)) {
    return layout.entry(Object.entries({ ...source.value, ...wanted }));
  }
  for (const { node, value } of edits.toSorted((a, b) => startOf(b.node) - startOf(a.node))) {
    if (node === null) continue;
    const from = node.start - source.node.start;
    text = `${text.slice(0, from)}${value}${text.slice(node.end - source.node.start)}`;
  }
  return text;
}

function startOf(node: JsonNode | null): number {
  return node?.start ?? 0;
}

function layoutOf(text: string, list: JsonNode): Layout {
  const items = list.kind === 'array' ? list.items : [];
  const [first] = items;
  const last = items.at(-1);
  const newline = text.includes('\r\n') ? '\r\n' : '\n';
  if (first === undefined || last === undefined) {
    const outer = /\n([ \t]*)"/.exec(text)?.[1] ?? null;
    if (outer === null) return { lead: '', tail: '', entry: inline('') };
    return {
      lead: `${newline}${outer}${outer}`,
      tail: `${newline}${outer}`,
      entry: (members) => block(members, newline, `${outer}${outer}`, outer),
    };
  }
  const sample = text.slice(first.start, first.end);
  const lead = text.slice(list.start + 1, first.start);
  const tail = text.slice(last.end, list.end - 1);
  const indent = /([ \t]*)$/.exec(lead)?.[1] ?? '';
  const inner = /\n([ \t]*)"/.exec(sample)?.[1] ?? null;
  if (inner === null) return { lead, tail, entry: inline(sample) };
  const unit = inner.startsWith(indent) ? inner.slice(indent.length) : '  ';
  return { lead, tail, entry: (members) => block(members, newline, indent, unit) };
}

function block(
  members: readonly (readonly [string, unknown])[],
  newline: string,
  indent: string,
  unit: string,
): string {
  const lines = members.map(([key, value]) => `${indent}${unit}"${key}": ${JSON.stringify(value)}`);
  return `{${newline}${lines.join(`,${newline}`)}${newline}${indent}}`;
}

/** Entries of one line, spaced as the sample is. */
function inline(sample: string): Layout['entry'] {
  const edge = sample.startsWith('{ ') ? ' ' : '';
  const colon = sample.includes('": ') ? ': ' : ':';
  const comma = sample.includes(', ') ? ', ' : ',';
  return (members) => {
    const parts = members.map(([key, value]) => `"${key}"${colon}${JSON.stringify(value)}`);
    return `{${edge}${parts.join(comma)}${edge}}`;
  };
}
