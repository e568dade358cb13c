import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import type { Readable } from 'node:stream';
import { UserError, messageOf } from '../core/errors.js';
import { redactText } from '../core/redact.js';

/** Milliseconds a config may take to load. */
const usualLimit = 20_000;

const require = createRequire(import.meta.url);

/**
 * Runs in the child, as text, so that it needs no file of its own in src or dist. The answer
 * goes over descriptor 3: a config may print what it likes. jiti gets no cache, since a
 * diagnosis leaves nothing in the project. A module that the project has not installed is
 * replaced only where that is harmless: defineConfig returns its argument, and the variables
 * of `.env` are there already.
 */
const childProgram = `
const { writeSync } = require('node:fs');
const { createRequire } = require('node:module');
const [jitiPath, dotenvPath, config] = process.argv.slice(1);
const say = (answer) => { writeSync(3, JSON.stringify(answer)); process.exit(0); };
const fail = (error) => say({ error: String(error?.message ?? error) });
process.on('uncaughtException', fail);
process.on('unhandledRejection', fail);
const { resolve } = createRequire(config);
const isMissing = (name) => { try { resolve(name); return false; } catch { return true; } };
const stubs = { 'drizzle-kit': { defineConfig: (value) => value }, 'dotenv/config': {} };
const virtualModules = Object.fromEntries(Object.entries(stubs).filter(([name]) => isMissing(name)));
const alias = isMissing('dotenv') ? { dotenv: dotenvPath } : {};
const { createJiti } = require(jitiPath);
const jiti = createJiti(config, { fsCache: false, tryNative: false, alias, virtualModules });
const keys = ['dialect', 'out', 'dbCredentials', 'migrations'];
jiti.import(config, { default: true }).then((value) => say({
  config: typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(keys.map((key) => [key, value[key]]))
    : null,
}), fail);
`;

/**
 * Evaluates a TypeScript or JavaScript config in a child process, in its folder.
 * @returns its keys that matter here; null when it exports no object.
 * @throws UserError with the config's own message, never a stack.
 */
export async function evaluateConfig(
  path: string,
  name: string,
  env: Readonly<Record<string, string>>,
  timeLimit = usualLimit,
): Promise<unknown> {
  const next = `Correct ${name}, or give --database-url, --migrations and --history-table instead.`;
  const answer = await runChild(path, env, timeLimit).catch((error: unknown) => {
    throw new UserError(`${name} cannot be evaluated: ${messageOf(error)}.`, [next]);
  });
  if ('config' in answer) return answer.config;
  const message = redactText(answer.error).trim().replace(/\.$/, '');
  throw new UserError(`${name} cannot be evaluated: ${message}.`, [next]);
}

type Answer = { readonly config: unknown } | { readonly error: string };

async function runChild(
  path: string,
  env: Readonly<Record<string, string>>,
  timeLimit: number,
): Promise<Answer> {
  const args = ['-e', childProgram, require.resolve('jiti'), require.resolve('dotenv'), path];
  const child = spawn(process.execPath, args, {
    cwd: dirname(path),
    env: { ...env },
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
  });
  const streams = [child.stdio[3] as Readable, child.stderr as Readable] as const;
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    child.kill('SIGKILL');
    // Programs that the config started may still hold the pipes open.
    for (const stream of streams) stream.destroy();
  }, timeLimit);
  try {
    const errors = collect(streams[1]);
    const [answer, code] = await Promise.all([
      collect(streams[0]),
      new Promise<number | null>((done, fail) => {
        child.once('error', fail);
        child.once('exit', done);
      }),
    ]);
    if (late) throw new Error(`it did not finish within ${timeLimit / 1000} s`);
    if (answer !== '') return JSON.parse(answer) as Answer;
    const lastLine = redactText((await errors).trim().split('\n').at(-1) ?? '');
    throw new Error(`it ended with code ${code} before it gave a config. ${lastLine}`.trim());
  } finally {
    clearTimeout(timer);
    for (const stream of streams) stream.destroy();
  }
}

/** The whole text of a stream; what came so far when it is destroyed. */
function collect(stream: Readable): Promise<string> {
  return new Promise((done) => {
    const chunks: Buffer[] = [];
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('error', () => {});
    stream.once('close', () => done(Buffer.concat(chunks).toString('utf8')));
  });
}
