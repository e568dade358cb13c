import { randomBytes } from 'node:crypto';
import { userInfo } from 'node:os';

/** The person at the keyboard, as the operating system knows them. */
export function operatorName(environment: NodeJS.ProcessEnv): string {
  try {
    return userInfo().username;
  } catch {
    // No entry for this uid, as in many containers.
    return environment['USER'] ?? `uid ${process.getuid?.() ?? '?'}`;
  }
}

/** "20261121-033000-1f2e": sorts by time; UTC. */
export function newSessionId(now: Date): string {
  const [day, time] = now
    .toISOString()
    .slice(0, 19)
    .replaceAll('-', '')
    .replaceAll(':', '')
    .split('T');
  return `${day}-${time}-${randomBytes(2).toString('hex')}`;
}
