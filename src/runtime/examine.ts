import { chooseDumper, listDumpers } from '../backup/find.js';
import { UserError, messageOf } from '../core/errors.js';
import type { Facts } from '../core/facts.js';
import { counted } from '../core/telling/amounts.js';
import { whereWords } from '../core/telling/target-words.js';
import { cacheFolder } from '../files/cache-folder.js';
import { findProject } from '../files/find-project.js';
import type { CommonOptions } from '../files/settings.js';
import { stateFolder } from '../files/state-folder.js';
import { startSandbox } from '../sandbox/start.js';
import { type Ground, openGround } from './ground.js';
import { look } from './parts.js';

/** What one part of the surroundings is good for. */
export interface Examined {
  readonly part: string;
  /** `limited`: pgmedic works without it, or with less. */
  readonly state: 'works' | 'limited' | 'missing';
  /** What is the case. */
  readonly says: string;
  /** How to mend it; empty where it works. */
  readonly next: readonly string[];
}

type Found = Omit<Examined, 'part'>;

export interface Terminal {
  readonly isTerminal: boolean;
  readonly columns: number;
  readonly rows: number;
  readonly utf8: boolean;
}

/**
 * Looks at everything that a recovery needs, one part after the other, and goes on where one is
 * missing. Starts and stops a sandbox, reads the database, makes pgmedic's own folders. `told` is
 * called as soon as a part is known.
 */
export async function examine(
  options: CommonOptions,
  env: NodeJS.ProcessEnv,
  terminal: Terminal,
  told: (examined: Examined) => void,
): Promise<readonly Examined[]> {
  const all: Examined[] = [];
  const part = async (name: string, find: () => Found | Promise<Found>): Promise<void> => {
    const found = await Promise.resolve().then(find).catch(notThere);
    all.push({ part: name, ...found });
    told({ part: name, ...found });
  };
  let ground: Ground | null = null;
  let facts: Facts | null = null;
  await part('Node', () => works(`${process.version} on ${process.platform}-${process.arch}`));
  await part('terminal', () => ofTerminal(terminal));
  await part('state folder', () => ofFolders(options, env));
  await part('project', async () => {
    ground = await openGround({ ...options, offline: true }, env);
    return ofProject(ground);
  });
  if (ground !== null) {
    await part('database', async () => {
      ground = await openGround(options, env);
      facts = (await look(ground, () => new Date(), { evidence: false })).facts;
      return ofDatabase(facts);
    });
  }
  await part('sandbox', () => ofSandbox(options, ground));
  await part('pg_dump', () => ofDumper(options.pgDump, facts));
  return all;
}

function works(says: string): Found {
  return { state: 'works', says, next: [] };
}

function notThere(error: unknown): Found {
  const next = error instanceof UserError ? error.next : [];
  return { state: 'missing', says: messageOf(error), next };
}

function ofTerminal({ isTerminal, columns, rows, utf8 }: Terminal): Found {
  const letters = utf8 ? 'UTF-8' : 'ASCII signs, since the locale is not UTF-8';
  if (!isTerminal) {
    return {
      state: 'limited',
      says: 'standard input and output are no terminal: line mode',
      next: ['For the screen, start pgmedic in a terminal; over ssh: ssh -t.'],
    };
  }
  if (columns < 80 || rows < 24) {
    return {
      state: 'limited',
      says: `${columns}x${rows}, ${letters}: too small for the screen, line mode`,
      next: ['Make the window 80x24 or larger.'],
    };
  }
  return works(`${columns}x${rows}, ${letters}`);
}

/** Those that a session would use: of the project that is found, which may be a package below. */
async function ofFolders(options: CommonOptions, env: NodeJS.ProcessEnv): Promise<Found> {
  const found = await findProject(options, env).catch(() => null);
  if (found === null) {
    return {
      state: 'limited',
      says: 'not tried: it is named after the project, and which one is meant is not known',
      next: ['See what is said of the project.'],
    };
  }
  const { root } = await stateFolder(env, found.project);
  if ((await cacheFolder('replay', env)) !== null) return works(root);
  return {
    state: 'limited',
    says: `${root}; there is no folder for the cache, so every look replays all migrations`,
    next: ['Name a folder that may be written with XDG_CACHE_HOME=/PATH.'],
  };
}

async function ofProject(ground: Ground): Promise<Found> {
  const { facts } = await look(ground, () => new Date(), { evidence: false });
  const from = facts.settings.map(({ name, value }) => `${name} ${value}`).join(', ');
  return works(`${counted(facts.folder.migrations.length, 'migration')}: ${from}`);
}

async function ofSandbox({ sandboxUrl }: CommonOptions, ground: Ground | null): Promise<Found> {
  const live = ground?.resolved.databaseUrl ?? null;
  if (sandboxUrl !== undefined && live === null) {
    return {
      state: 'missing',
      says: 'not tried: without the database, the named server cannot be told from it',
      next: ['Mend the database above first.'],
    };
  }
  const sandbox = await startSandbox({
    ...(sandboxUrl !== undefined && { sandboxUrl }),
    ...(live !== null && { liveUrl: live }),
  });
  try {
    await sandbox.dropDatabase(await sandbox.createDatabase());
    const kind = sandboxUrl === undefined ? 'embedded' : 'named';
    return works(`PostgreSQL ${sandbox.serverVersion}, ${kind}, seen to make a database`);
  } finally {
    await sandbox.stop();
  }
}

function ofDatabase({ target, surroundings }: Facts): Found {
  if (target === null || surroundings === null) throw new Error('it was not looked at');
  const says = `${whereWords(target)}, PostgreSQL ${target.serverVersion}, ${target.role}, as ${target.user}`;
  const lacks = [
    ...(target.pooler ? ['It is reached through a pooler: give the direct URL for writes.'] : []),
    ...(target.role === 'replica' ? ['It is a replica: nothing can be written there.'] : []),
    ...surroundings.missingPrivileges,
  ];
  return lacks.length === 0 ? works(says) : { state: 'limited', says, next: lacks };
}

/** For the database that was read, where there was one; else what there is. */
async function ofDumper(named: string | undefined, facts: Facts | null): Promise<Found> {
  if (facts?.target && facts.surroundings) {
    const { serverVersionNum } = facts.target;
    const { databaseSize } = facts.surroundings;
    const chosen = await chooseDumper({
      serverVersionNum,
      databaseSize,
      ...(named !== undefined && { named }),
    });
    const passed = chosen.rejected.map(({ path, reason }) => `${path}: ${reason}`);
    if (chosen.use === 'native') return works(`${chosen.path}, ${chosen.version}`);
    if (chosen.use === 'wasm') return works(`${chosen.version}, the WebAssembly one of pgmedic`);
    return {
      state: 'missing',
      says: `none that can read this server, ${facts.target.serverVersion}`,
      next: [...passed, 'Install a pg_dump of its major version, or name one with --pg-dump.'],
    };
  }
  const native = (await listDumpers(named)).filter(({ version }) => version !== null);
  const listed = native.map(({ path, version }) => `${path}, ${version}`);
  return works([...listed, 'the WebAssembly one of pgmedic'].join('; '));
}
