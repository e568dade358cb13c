/** A row of a report as a terminal shows it. */
export interface ReportRow {
  readonly type: 'title' | 'heading' | 'text' | 'code';
  readonly text: string;
}

/** The incident report, which is Markdown, without its signs; what is in a fence stays as it is. */
export function reportRows(markdown: string): readonly ReportRow[] {
  let fence: string | null = null;
  return markdown
    .trimEnd()
    .split('\n')
    .flatMap((line): readonly ReportRow[] => {
      const mark = /^`{3,}/.exec(line)?.[0] ?? null;
      if (fence !== null && line !== fence) return [{ type: 'code', text: line }];
      if (mark !== null) {
        fence = fence === null ? mark : null;
        return [];
      }
      return proseRow(line);
    });
}

function proseRow(line: string): readonly ReportRow[] {
  if (/^\|[\s|-]*\|$/.test(line)) return [];
  const cells = /^\| (.*?) \| (.*) \|$/.exec(line);
  if (cells !== null) {
    return [
      { type: 'text', text: `${cells[1]}: ${unmarked(cells[2] ?? '').replaceAll('\\|', '|')}` },
    ];
  }
  const heading = /^(#+) (.*)$/.exec(line);
  if (heading === null) return [{ type: 'text', text: unmarked(line) }];
  return [{ type: heading[1] === '#' ? 'title' : 'heading', text: heading[2] ?? '' }];
}

/** Without the signs that make it bold or code. */
function unmarked(line: string): string {
  return line.replaceAll(/\*\*([^*]+)\*\*/g, '$1').replaceAll(/`([^`]+)`/g, '$1');
}
