import { useStdout } from 'ink';
import { useCallback, useSyncExternalStore } from 'react';
import type { Size } from './screen.js';

/** The terminal's size, followed as it changes; 80 x 24 where it is not known. */
export function useSize(terminal?: NodeJS.WriteStream): Size {
  const { stdout: own } = useStdout();
  const stdout = terminal ?? own;
  const subscribe = useCallback(
    (changed: () => void) => {
      stdout.on('resize', changed);
      return () => {
        stdout.off('resize', changed);
      };
    },
    [stdout],
  );
  const columns = useSyncExternalStore(subscribe, () => stdout.columns || 80);
  const rows = useSyncExternalStore(subscribe, () => stdout.rows || 24);
  return { columns, rows };
}
