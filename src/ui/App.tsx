import { Box, Text, useInput } from 'ink';
import { useCallback, useSyncExternalStore } from 'react';
import type { Wish } from '../core/session/events.js';
import type { SessionHandle } from '../core/session/store.js';
import { draw, tooSmall } from './draw.js';
import { isCancel, keyToWish } from './keys.js';
import type { Line } from './line.js';
import { lineWidth } from './line.js';
import type { UiAction } from './local.js';
import type { Screen } from './screen.js';
import { useSize } from './size.js';
import type { Theme } from './theme.js';

/** The state, drawn; a key only makes a wish. Nothing is decided here and nothing is kept here. */
export function App({
  handle,
  screen,
  theme,
  terminal,
}: {
  readonly handle: SessionHandle;
  readonly screen: Screen;
  readonly theme: Theme;
  /** Whose size counts, where it is another than Ink knows of. */
  readonly terminal?: NodeJS.WriteStream;
}) {
  const state = useSyncExternalStore(
    useCallback((changed: () => void) => handle.subscribe(changed), [handle]),
    () => handle.getState(),
  );
  useSyncExternalStore(
    useCallback((changed: () => void) => screen.subscribe(changed), [screen]),
    () => screen.version(),
  );
  const size = useSize(terminal);
  const small = tooSmall(size);
  // Both are read at the moment of the key, not of the last drawing: three keys in one tick
  // meet three states.
  const onInput = useCallback<Parameters<typeof useInput>[0]>(
    (input, key) => {
      if (small && !isCancel(input, key)) return;
      const now = handle.now();
      const wish = keyToWish(handle.getState(), screen.local(), input, key, now, screen.page);
      if (wish === null) return;
      if (isUiAction(wish)) screen.act(wish);
      else handle.dispatch(wish);
    },
    [handle, screen, small],
  );
  useInput(onInput);
  return (
    <Box flexDirection="column">
      {draw(state, screen.view(size)).map((row, index) => (
        <Row key={index} row={row} theme={theme} />
      ))}
    </Box>
  );
}

function isUiAction(wish: Wish | UiAction): wish is UiAction {
  return wish.type.startsWith('ui-');
}

function Row({ row, theme }: { readonly row: Line; readonly theme: Theme }) {
  return (
    <Text wrap="truncate-end">
      {lineWidth(row) === 0 ? ' ' : null}
      {row.map((one, index) => (
        <Text key={index} {...theme(one.tone)}>
          {one.text}
        </Text>
      ))}
    </Text>
  );
}
