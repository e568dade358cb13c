import type { Diagnosis } from '../diagnosis.js';
import type { Finding } from '../finding.js';

/**
 * A diagnosis as JUnit XML: a test case for each migration, with all that is found of it, and one for
 * each finding that is of no migration. Errors and warnings are failures, what is only for
 * information is output.
 */
export function junitXml({ facts, board, findings }: Diagnosis): string {
  const ids = new Set(board.map(({ id }) => id));
  const cases = [
    ...board.map(({ id }) => ({
      name: id,
      found: findings.filter(({ migrations }) => migrations.includes(id)),
    })),
    ...findings
      .filter(({ migrations }) => !migrations.some((one) => ids.has(one)))
      .map((finding) => ({ name: finding.code, found: [finding] })),
  ];
  const failures = cases.filter(({ found }) => found.some(isFailure)).length;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="pgmedic" tests="${cases.length}" failures="${failures}">`,
    `  <testsuite name="${escaped(facts.folder.path)}" tests="${cases.length}" failures="${failures}" errors="0" skipped="0">`,
    ...cases.map(({ name, found }) => testCase(facts.folder.path, name, found)),
    '  </testsuite>',
    '</testsuites>',
  ].join('\n');
}

function testCase(folder: string, name: string, found: readonly Finding[]): string {
  const head = `    <testcase classname="${escaped(folder)}" name="${escaped(name)}"`;
  if (found.length === 0) return `${head}/>`;
  const failures = found
    .filter(isFailure)
    .map(
      (one) =>
        `      <failure type="${one.code}" message="${escaped(one.title)}">${escaped(detail(one))}</failure>`,
    );
  const others = found.filter((one) => !isFailure(one));
  const output =
    others.length === 0
      ? []
      : [
          `      <system-out>${escaped(others.map((one) => `${one.code}: ${one.title}\n${detail(one)}`).join('\n'))}</system-out>`,
        ];
  return [`${head}>`, ...failures, ...output, '    </testcase>'].join('\n');
}

function isFailure({ severity }: Finding): boolean {
  return severity !== 'info';
}

function detail({ evidence, playbooks }: Finding): string {
  const treated = playbooks.length > 0 ? [`Playbook: ${playbooks.join(', ')}`] : [];
  return [...evidence, ...treated].join('\n');
}

/** For text and attributes; what XML 1.0 cannot hold at all becomes a question mark. */
function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll('\n', '&#10;')
    .replaceAll('\t', '&#9;')
    .replaceAll('\r', '&#13;')
    .replaceAll(/[^\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '?');
}
