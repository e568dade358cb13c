import { expect, test } from 'vitest';
import { runCommand } from '../../src/runtime/command-step.js';

const node = (program: string, ...args: string[]) =>
  runCommand([process.execPath, '-e', program, ...args], process.cwd(), undefined);

test('what a command says is kept without its passwords, wherever the end is cut', async () => {
  const said = 'console.log("trying postgresql://a:S3cret" + "x".repeat(1990) + "@db/shop")';
  const ended = [
    await node('console.log("to postgresql://app:S3cret@db/shop")'),
    await node('console.error("PGPASSWORD=S3cret is wrong"); process.exit(3)'),
    await node(said),
    await runCommand(['/nowhere/postgresql://a:S3cret@db/x'], process.cwd(), undefined),
  ];
  expect(ended).toMatchObject([
    { state: 'done', note: 'exit code 0: to postgresql://app:***@db/shop' },
    { state: 'failed' },
    { state: 'done', note: 'exit code 0: trying postgresql://a:***@db/shop' },
    { state: 'failed' },
  ]);
  expect(JSON.stringify(ended)).not.toMatch(/S3cret|xxx/);
});
