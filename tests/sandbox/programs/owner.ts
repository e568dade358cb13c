import { startOlderServer } from '../../support/older-server.js';
import { startSandbox } from '../../../src/sandbox/start.js';

/**
 * A program that owns a sandbox, for tests that kill it. Prints its URL and that of one
 * database on a line; then says "interrupted" at each SIGINT, and stops at the end of its input.
 */
process.on('SIGINT', () => process.stdout.write('interrupted\n'));
const sandboxUrl = process.env['OWNER_SANDBOX_URL'];
const older = process.env['OWNER_OLDER'];
const sandbox = await (older === undefined
  ? startSandbox(sandboxUrl === undefined ? {} : { sandboxUrl })
  : startOlderServer(older === '14' ? 14 : 16));
const databaseUrl = await sandbox.createDatabase();
process.stdout.write(`${JSON.stringify({ adminUrl: sandbox.adminUrl, databaseUrl })}\n`);
process.stdin.resume().on('end', () => void sandbox.stop());
