import dns from 'node:dns';
import { vi } from 'vitest';

/**
 * The same URL under the name of one of Neon's direct endpoints, which here leads to this
 * machine. Only the name is made up; the server that answers is a real one.
 */
export function asNeon(url: string): string {
  const real = dns.lookup;
  const here = (name: string, options: dns.LookupOptions, done: (...found: unknown[]) => void) => {
    if (!name.endsWith('.neon.tech')) return real(name, options, done);
    if (options.all === true) done(null, [{ address: '127.0.0.1', family: 4 }]);
    else done(null, '127.0.0.1', 4);
  };
  vi.spyOn(dns, 'lookup').mockImplementation(here as typeof dns.lookup);
  const named = new URL(url);
  named.hostname = 'ep-quiet-sea-123.eu-central-1.aws.neon.tech';
  return named.href;
}
