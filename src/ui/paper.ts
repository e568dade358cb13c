/**
 * The terminal as Ink gets to see it. Left to itself, Ink clears the window and everything that
 * has scrolled out of it as soon as a picture is higher than the window has become; and after a
 * change of size it erases as many rows as it drew, though the terminal has broken them anew.
 * So Ink hears of no height and of no change: here the window is cleared, what has scrolled away
 * is not, and the same picture is put back where it still fits. Where not, the next one differs.
 */
export interface Paper {
  readonly stdout: NodeJS.WriteStream;
  /** Past Ink, which hears nothing of it. */
  write(text: string): void;
  /** Puts the same picture once more, where the cursor is. */
  again(): void;
  /** No longer follows the window. */
  release(): void;
}

/** Cursor to the first row, and everything below it erased. */
const CLEAR = '\u001b[H\u001b[J';

/** What Ink sends ahead of a picture to erase the one before. */
// oxlint-disable-next-line no-control-regex -- it is made of control characters
const ERASED = /^(?:\u001b\[2K(?:\u001b\[1A)?)+\u001b\[G/;

export function paperOn(stdout: NodeJS.WriteStream): Paper {
  let picture = { text: '', columns: 0, rows: 0 };
  const write = (...[data, ...rest]: Parameters<NodeJS.WriteStream['write']>): boolean => {
    const text = String(data).replace(ERASED, '');
    if (text.includes('\n')) {
      picture = { text, columns: stdout.columns, rows: text.split('\n').length };
    }
    return stdout.write(data, ...rest);
  };
  const onResize = (): void => {
    const fits = picture.columns <= stdout.columns && picture.rows <= stdout.rows;
    stdout.write(CLEAR + (fits ? picture.text : ''));
  };
  // Before those who draw anew.
  stdout.prependListener('resize', onResize);
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
    release: () => void stdout.off('resize', onResize),
  };
}
