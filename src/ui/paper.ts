/**
 * The terminal as Ink gets to see it. Left to itself, Ink clears the window and everything that
 * has scrolled out of it as soon as a picture is higher than the window has become; and after a
 * change of size it erases as many rows as it drew, though the terminal has broken them anew.
 * So Ink hears of no height and of no change: here the window is cleared, what has scrolled away
 * is not, and the same picture is put back where it still fits. Where not, the next one differs.
 *
 * Ink also erases the whole picture and writes it anew for each letter that changes: of that, only
 * the rows that differ are let through.
 */
export interface Paper {
  readonly stdout: NodeJS.WriteStream;
  /** Past Ink, which hears nothing of it. */
  write(text: string): void;
  /** Puts the same picture once more, where the cursor is. */
  again(): void;
  /** Puts the same picture into the cleared window, where it fits. */
  redraw(): void;
  /** No longer follows the window. */
  release(): void;
}

/** Cursor to the first row, and everything below it erased. */
const CLEAR = '\u001b[H\u001b[J';

/** What Ink sends ahead of a picture to erase the one before. */
// oxlint-disable-next-line no-control-regex -- it is made of control characters
const ERASED = /^(?:\u001b\[2K(?:\u001b\[1A)?)+\u001b\[G/;

const ERASE_ROW = '\u001b[2K';
const ERASE_BELOW = '\u001b[J';

export function paperOn(stdout: NodeJS.WriteStream): Paper {
  let picture = { text: '', columns: 0, rows: 0 };
  /** The picture is in the window, and the cursor beneath it. */
  let stands = false;
  const write = (...[data, ...rest]: Parameters<NodeJS.WriteStream['write']>): boolean => {
    const whole = String(data);
    const text = whole.replace(ERASED, '');
    // Ink's signs of another kind: they move nothing.
    if (text === whole && !text.includes('\n')) return stdout.write(data, ...rest);
    const shorter = stands && text !== whole ? changes(picture.text, text) : null;
    stands = text.endsWith('\n');
    picture = { text, columns: stdout.columns, rows: text.split('\n').length };
    return stdout.write(shorter ?? data, ...rest);
  };
  const redraw = (): void => {
    const fits = picture.columns <= stdout.columns && picture.rows <= stdout.rows;
    stands = fits && picture.text.endsWith('\n');
    stdout.write(CLEAR + (fits ? picture.text : ''));
  };
  // Before those who draw anew.
  stdout.prependListener('resize', redraw);
  const paper: NodeJS.WriteStream = new Proxy(stdout, {
    get: (target, name) => {
      if (name === 'rows') return Number.POSITIVE_INFINITY;
      if (name === 'write') return write;
      if (name === 'on') {
        return (event: string, listener: () => void) =>
          event === 'resize' ? paper : target.on(event, listener);
      }
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
  return {
    stdout: paper,
    write: (text) => void stdout.write(text),
    again: () => void stdout.write(picture.text),
    redraw,
    release: () => void stdout.off('resize', redraw),
  };
}

/** From the row beneath one picture to the row beneath the next, writing the rows that differ; null: it ends within a row. */
function changes(before: string, after: string): string | null {
  if (!after.endsWith('\n')) return null;
  const old = before.split('\n');
  const rows = after.split('\n');
  const beneath = rows.length - 1;
  let at = old.length - 1;
  let sent = '';
  const goTo = (row: number): void => {
    // A line feed also makes a row where there is none, and begins it.
    sent += row < at ? `\u001b[${at - row}A` : '\n'.repeat(row - at);
    at = row;
  };
  for (let row = 0; row < beneath; row += 1) {
    if (rows[row] === old[row]) continue;
    goTo(row);
    // Erased first: behind a row that fills the window its last letter would go.
    sent += ERASE_ROW + rows[row];
  }
  goTo(beneath);
  return rows.length < old.length ? sent + ERASE_BELOW : sent;
}
