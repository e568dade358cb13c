import type { Diagnosis } from '../diagnosis.js';
import type { ToolRules } from '../tool.js';
import type { CountedLoss, RolledBack, Way } from './roll-back.js';

/** All ways out side by side, each with what it costs. */
export function waysOf({
  diagnosis,
  migrations,
  losses,
  tool,
}: {
  readonly diagnosis: Diagnosis;
  readonly tool: Pick<ToolRules, 'downPlace'>;
  readonly migrations: readonly RolledBack[];
  readonly losses: readonly CountedLoss[];
}): readonly Way[] {
  const ids = migrations.map(({ id }) => id);
  const without = ids.filter(
    (id) => diagnosis.facts.folder.migrations.find((one) => one.id === id)?.down == null,
  );
  const going = losses.filter(({ type }) => type === 'goes');
  const partial = ids.filter((id) => diagnosis.evidence?.migrations.get(id)?.schema === 'partial');
  return [
    {
      name: 'computed',
      title:
        'Take it back by the DDL that is computed from what each statement did: --set way=computed',
      lines: [
        going.length === 0
          ? 'Nothing is lost by it.'
          : `It loses ${going.map(({ what }) => what).join(', ')}.`,
      ],
      why: null,
    },
    {
      name: 'down',
      title: `Take it back by the SQL that was written for it, ${tool.downPlace(ids.length === 1 ? (ids[0] ?? '') : 'NAME')}: --set way=down`,
      lines: ['What it loses is the same; what it does to rows is its own affair.'],
      why: without.length > 0 ? `there is none for ${without.join(', ')}` : null,
    },
    {
      name: 'restore',
      title: 'Restore a proven backup into a new database beside the live one',
      lines: [
        'It loses every row written since the backup was taken, unless it is carried over by hand: pgmedic plan restore-backup',
      ],
      why: null,
    },
    {
      name: 'forward',
      title: 'Roll forward: leave it, and mend it by a new migration',
      lines: [
        'It loses nothing and needs a new release.',
        ...(partial.length > 0
          ? [
              `What is half there is finished first: pgmedic plan finish-partial ${partial.join(' ')}`,
            ]
          : []),
      ],
      why: null,
    },
  ];
}
