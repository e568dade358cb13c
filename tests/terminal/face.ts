import { fakeSession } from '../support/fake-session.js';

/** One face over a canned session, for a test that looks at it in a real terminal: `screen` or `lines`. */
const session = fakeSession();
// The clock runs: a confirmation counts only after a moment.
let last = performance.now();
setInterval(() => {
  const now = performance.now();
  session.pass(now - last);
  last = now;
}, 20).unref();

const { handle } = session;
const code =
  process.argv[2] === 'lines'
    ? await (await import('../../src/plain/run-lines.js')).runLines(handle)
    : await (await import('../../src/ui/run-screen.js')).runScreen(handle);
process.stdout.write(
  `writes: ${session.commands.filter((one) => one.type === 'run-step').length}\n`,
);
process.exitCode = code;
