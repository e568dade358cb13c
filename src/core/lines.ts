import { starredText } from './redact.js';

/** Where an offset (UTF-16 units) stands in a text, with its line and a caret beneath it. A secret in that line is starred. */
export function lineAt(
  text: string,
  offset: number,
): { readonly line: number; readonly column: number; readonly excerpt: string } {
  const at = Math.min(Math.max(offset, 0), text.length);
  const start = at === 0 ? 0 : text.lastIndexOf('\n', at - 1) + 1;
  const end = text.indexOf('\n', at);
  const content = starredText(text)
    .slice(start, end === -1 ? text.length : end)
    .replace(/\r$/, '');
  const line = text.slice(0, start).split('\n').length;
  const column = at - start + 1;
  const lead = content.slice(0, column - 1).replace(/[^\t]/g, ' ');
  return { line, column, excerpt: `${content}\n${lead}^` };
}
