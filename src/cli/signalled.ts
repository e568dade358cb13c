/** Aborted when the program is told to end; until `unhook` that does not end it by itself. */
export function signalled(): { readonly signal: AbortSignal; readonly unhook: () => void } {
  const controller = new AbortController();
  const stop = (): void => controller.abort();
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) process.once(signal, stop);
  return {
    signal: controller.signal,
    unhook: () => {
      for (const signal of signals) process.off(signal, stop);
    },
  };
}
