import { type OlderServer, startOlderServer } from '../support/older-server.js';
import { testServer } from '../support/server.js';

/** Where the databases stand that the evidence is about. */
export interface LiveServer {
  /** Of its maintenance database, as superuser. */
  readonly adminUrl: string;
  readonly versionNum: number;
}

/** The run's one server, which is the sandbox as well. */
export function currentServer(): LiveServer {
  return { ...testServer(), versionNum: 180_004 };
}

export async function olderServer(major: 14 | 16): Promise<LiveServer & Pick<OlderServer, 'stop'>> {
  const { adminUrl, serverVersion, stop } = await startOlderServer(major);
  const [, minor = '0'] = serverVersion.split('.');
  return { adminUrl, versionNum: major * 10_000 + Number(minor), stop };
}
