import fc from 'fast-check';
import { expect, test } from 'vitest';
import { githubLines } from '../../src/core/ci/github.js';
import { junitXml } from '../../src/core/ci/junit.js';
import { placeOf } from '../../src/core/ci/place.js';
import { sarif } from '../../src/core/ci/sarif.js';
import { diagnose } from '../../src/core/diagnose.js';
import type { Diagnosis } from '../../src/core/diagnosis.js';
import type { Finding } from '../../src/core/finding.js';
import { drizzle } from '../../src/tools/drizzle/index.js';
import { cases } from '../support/cases.js';
import { project } from '../support/drizzle-facts.js';

const healthy = diagnose(project(), drizzle);

function diagnosisOf(...findings: readonly Partial<Finding>[]): Diagnosis {
  return { ...healthy, findings: findings.map((change) => ({ ...finding, ...change })) };
}

const finding: Finding = {
  code: 'file-not-in-journal',
  severity: 'error',
  migrations: ['0001_b', '0002_c'],
  title: 'The migrator cannot see it.',
  evidence: ['drizzle/0001_b.sql:12: CREATE TABLE b', 'the journal has no entry'],
  playbooks: ['reconcile-journal'],
};

test.each([
  ['a line of a file', {}, { path: 'apps/shop/drizzle/0001_b.sql', line: 12 }],
  [
    'a file as a whole',
    { evidence: ['drizzle/meta/_journal.json has no entry for it'] },
    { path: 'apps/shop/drizzle/meta/_journal.json', line: null },
  ],
  [
    'what is not of the folder',
    { evidence: ['table public.users: 12 rows'] },
    { path: 'apps/shop/drizzle/0001_b.sql', line: null },
  ],
  ['a finding of the server', { evidence: ['port 6432'], migrations: [] }, null],
])('the place of a finding: %s', (_, change, place) => {
  expect(placeOf({ ...finding, ...change }, healthy.facts.folder, 'apps/shop/')).toEqual(place);
});

/** As GitHub's runner reads such a line (ActionCommand.cs). */
function readCommand(line: string): { level: string; data: string; of: Record<string, string> } {
  const [, level = '', properties = '', data = ''] = /^::(\w+) (.*?)::(.*)$/.exec(line) ?? [];
  const back = (text: string): string =>
    text
      .replaceAll('%0A', '\n')
      .replaceAll('%0D', '\r')
      .replaceAll('%3A', ':')
      .replaceAll('%2C', ',')
      .replaceAll('%25', '%');
  const of = properties.split(',').map((pair) => pair.split('=') as [string, string]);
  return {
    level,
    data: back(data),
    of: Object.fromEntries(of.map(([name, value]) => [name, back(value)])),
  };
}

/** What names and error messages may be made of, and what would end a line, an element or an escape. */
const words = fc
  .array(
    fc.constantFrom(
      'a',
      '%',
      '%0A',
      '%25',
      '\n',
      '\r',
      '::',
      ',',
      '<',
      '&',
      ']]>',
      '"',
      'ü',
      '😀',
      '\u0001',
      '\uFFFF',
    ),
  )
  .map((parts) => parts.join(''));

test('a workflow command stays one line, whatever is in it, and is read back whole', () => {
  fc.assert(
    fc.property(words, words, (title, line) => {
      const [text = ''] = githubLines(diagnosisOf({ title, evidence: [line] }), '');
      expect(text).not.toMatch(/[\n\r]/);
      expect(readCommand(text)).toEqual({
        level: 'error',
        of: { file: 'drizzle/0001_b.sql', title: 'pgmedic: file-not-in-journal' },
        data: `${title}\n${line}\nPlaybook: reconcile-journal`,
      });
    }),
    cases(100, 5000),
  );
});

test('JUnit: every migration of a finding fails, what is for information does not', () => {
  const xml = junitXml(
    diagnosisOf({}, { severity: 'info', code: 'blocked', migrations: [], playbooks: [] }),
  );
  expect(xml).toContain('<testsuites name="pgmedic" tests="4" failures="2">');
  expect(xml).toContain('<testcase classname="drizzle" name="0000_a"/>');
  expect(xml.match(/<failure type="file-not-in-journal"/g)).toHaveLength(2);
  expect(xml).toMatch(/name="blocked">\n +<system-out>/);
  expect(junitXml(healthy)).toContain('tests="3" failures="0"');
});

test('JUnit: whatever is in a finding, nothing of it is markup, and no character is one that XML refuses', () => {
  fc.assert(
    fc.property(words, (title) => {
      const xml = junitXml(diagnosisOf({ title, migrations: ['0000_a'], evidence: [title] }));
      const [, message = ''] = /message="([^"]*)">/.exec(xml) ?? [];
      expect(message).not.toMatch(/[<>\n\r]|&(?!amp;|lt;|gt;|quot;|#\d+;)/);
      expect(message).not.toContain('\u0001');
      expect(message).not.toContain('\uFFFF');
      expect(xml.match(/<\w+/g)).toHaveLength(2 + 3 + 1);
    }),
    cases(100, 5000),
  );
});

test('SARIF: rules, levels and places', () => {
  const log = sarif(
    diagnosisOf({}, { severity: 'info', code: 'pooler', migrations: [], evidence: ['port 6432'] }),
    'apps/my shop/',
    '1.2.3',
  );
  expect(log).toMatchObject({
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { version: '1.2.3', rules: [{ id: finding.code }, { id: 'pooler' }] } },
        results: [
          {
            ruleId: finding.code,
            ruleIndex: 0,
            level: 'error',
            locations: [
              {
                physicalLocation: {
                  artifactLocation: { uri: 'apps/my%20shop/drizzle/0001_b.sql' },
                  region: { startLine: 12 },
                },
              },
            ],
          },
          {
            ruleIndex: 1,
            level: 'note',
            locations: [
              { physicalLocation: { artifactLocation: { uri: 'apps/my%20shop/drizzle' } } },
            ],
          },
        ],
      },
    ],
  });
});
