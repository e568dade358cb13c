import { open } from 'node:fs/promises';

/** Tells each write and sync of any open file, in order; for promises a kill cannot show, a power cut would. */
export async function watchHandles(
  each: (name: 'appendFile' | 'writeFile' | 'sync') => void,
): Promise<() => void> {
  const handle = await open('/', 'r');
  const prototype = Object.getPrototypeOf(handle) as Record<string, unknown>;
  await handle.close();
  const names = ['appendFile', 'writeFile', 'sync'] as const;
  const originals = names.map((name) => prototype[name]);
  for (const name of names) {
    const original = prototype[name] as (...values: unknown[]) => Promise<unknown>;
    prototype[name] = async function (this: unknown, ...values: unknown[]) {
      const result = await original.apply(this, values);
      each(name);
      return result;
    };
  }
  return () => names.forEach((name, index) => (prototype[name] = originals[index]));
}
