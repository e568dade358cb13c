import { mkdir, writeFile } from 'node:fs/promises';
import { release } from 'node:os';
import type { Reporter, TestModule } from 'vitest/node';
import type { Row } from './row.js';

const place = new URL('../../docs/RELIABILITY.md', import.meta.url);

/** Writes docs/RELIABILITY.md from what the run did. Nothing is written when a case went wrong. */
export default class implements Reporter {
  async onTestRunEnd(modules: readonly TestModule[]): Promise<void> {
    const tests = modules.flatMap((one) => [...one.children.allTests()]);
    const rows = tests.flatMap((one) => one.meta().reliability ?? []);
    if (rows.length === 0 || tests.some((one) => one.result().state !== 'passed')) return;
    // Git keeps no empty folder.
    await mkdir(new URL('.', place), { recursive: true });
    await writeFile(place, page(rows.toSorted((a, b) => a.fault.localeCompare(b.fault))));
  }
}

function page(rows: readonly Row[]): string {
  const lines = rows.map(({ fault, cases, outcomes, never }) => {
    const ways = Object.entries(outcomes)
      .toSorted(([, a], [, b]) => b - a)
      .map(([how, count]) => `${how} ${count}`);
    return `| ${fault} | ${cases} | ${ways.join(', ')} | ${never} | 0 |`;
  });
  return `# Reliability

What pgmedic does when everything around it fails, tried on a real PostgreSQL. Anyone can run it:

\`\`\`sh
npm ci && npm run reliability
\`\`\`

It writes this page, and only when no case went wrong. The seed is fixed; \`PGMEDIC_SEED=n\` gives other cases.

| Fault | Cases | How they ended | Never | Seen |
|---|---|---|---|---|
${lines.join('\n')}

Last run: ${new Date().toISOString().slice(0, 10)}, Node ${process.version}, ${process.platform} ${release()}, PostgreSQL 18. How each row was seen to fail, by breaking the code on purpose, stands at the head of its file in tests/reliability.
`;
}
