import type { Finding } from '../../core/finding.js';
import type { Scene, State } from '../../core/session/state.js';
import { oneLine, padded } from '../../core/telling/visible.js';
import { rule } from '../header.js';
import type { Line, Tone } from '../line.js';
import { line, paragraph, span } from '../line.js';
import type { Body, View } from '../view.js';
import { body } from '../view.js';
import { listWindow, rowsOf } from './list.js';

const tones = { error: 'bad', warning: 'warn', info: 'dim' } as const satisfies Record<
  Finding['severity'],
  Tone
>;

/** The list, and beneath it the finding under the cursor: what is the case, and how it is known. */
export function drawFindings(
  state: State,
  scene: Extract<Scene, { name: 'findings' }>,
  view: View,
  height: number,
): Body {
  const findings = state.diagnosis?.findings ?? [];
  const rows = rowsOf(findings, (finding, place) =>
    findingRow(finding, place === scene.cursor, view),
  );
  const open = findings[scene.cursor];
  return body({
    top: [
      ...listWindow(rows, scene.cursor, Math.max(3, Math.floor(height * 0.45)), view),
      rule(view),
    ],
    text: open === undefined ? [] : opened(open, state, view),
  });
}

function findingRow(finding: Finding, here: boolean, view: View): Line {
  return line(
    span(padded(here ? ` ${view.glyphs.cursor} ` : '', 3), 'accent'),
    span(padded(finding.severity, 8), tones[finding.severity]),
    span(finding.title, here ? 'cursor' : 'plain'),
  );
}

function opened(finding: Finding, state: State, view: View): readonly Line[] {
  const { columns } = view;
  const playbooks = finding.playbooks.map(
    (name) => state.playbooks.find((one) => one.name === name)?.title ?? name,
  );
  return [
    ...paragraph(oneLine(finding.title), columns, 'strong'),
    line(span(` ${finding.severity}: ${finding.code}`, 'dim')),
    ...(finding.migrations.length === 0
      ? []
      : paragraph(oneLine(`Migrations: ${finding.migrations.join(', ')}`), columns)),
    line(' Evidence:'),
    ...finding.evidence.flatMap((one) => paragraph(oneLine(one), columns, 'plain', '   ')),
    ...paragraph(
      playbooks.length === 0
        ? 'No playbook treats this; it is for you to judge.'
        : `Treated by: ${playbooks.join(', ')}`,
      columns,
      'dim',
    ),
  ];
}
