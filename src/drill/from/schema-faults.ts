import { counted } from '../../core/telling/amounts.js';
import type { Fault, Kind } from './faults.js';
import { type Scene, isData } from './scene.js';

/** What is in the schema, and is not. */
export const schemaFaults: readonly Kind[] = [
  {
    name: 'half-run',
    wants: 'a last migration of several statements that each make something',
    faults: halfRun,
  },
  { name: 'index-dropped', wants: 'an index that a migration makes', faults: indexDropped },
];

function halfRun(scene: Scene): readonly Fault[] {
  const { order, given } = scene;
  const last = order.at(-1);
  const statements = scene.statements.get(last?.id ?? '') ?? [];
  if (last === undefined || isData(scene, last)) return [];
  if (!statements.every(({ changes, error }) => changes.length > 0 && error === null)) return [];
  const { id } = last;
  return statements.slice(1).map((_, index): Fault => {
    const first = statements.slice(0, index + 1);
    const some = `${first.length} of ${counted(statements.length, 'statement')}`;
    return {
      happened: `Of ${id} the first ${some} had been run by hand, and no row was written.`,
      page: `${given.tool.title} cannot run ${id}: something of it is there already
"I was pasting it into a console, statement by statement, when the phone rang.
I do not remember how far I had come."`,
      goal: `Get the rest of ${id} to run, once, and the migration recorded.`,
      hints: [
        'The last column of the board says at which statement it has stopped.',
        `The first ${some} of ${id} are in the schema. The whole cannot run again, and marked as applied the rest would never be made.`,
        'The playbook finish-partial runs what is not there yet, and records it, in one transaction.',
      ],
      goodRun: { playbooks: ['finish-partial'], writes: 1 },
      ran: order.slice(0, -1),
      inject: async (client) => {
        for (const { text } of first) await client.query(text);
      },
    };
  });
}

function indexDropped({ order, makers, statements, given }: Scene): readonly Fault[] {
  return order.flatMap(({ id }) =>
    (statements.get(id) ?? []).flatMap(({ label, changes }): Fault[] => {
      if (!/^CREATE INDEX$/.test(label)) return [];
      const key = changes.find(({ type }) => type === 'set');
      if (key?.type !== 'set' || key.object.kind !== 'index') return [];
      if (makers.get(key.object.key) !== id) return [];
      const name = key.object.key.replace(/^index /, '');
      return [
        {
          happened: `The index ${name}, which ${id} makes, was dropped by hand.`,
          page: `a query that took milliseconds takes seconds, since yesterday
${given.tool.title} says that there is nothing to run. "Yesterday the disk was
nearly full. Somebody looked for what could go, and made room."`,
          goal: 'Get the schema back to what the migrations make. The history is right, and stays as it is.',
          hints: [
            'The history and the files agree. Look for what the schema lacks: the last column of the board, or the list of findings.',
            `${name} is gone; ${id} makes it, and is recorded. Nothing would ever run it again.`,
            'The playbook finish-partial runs what is not there of a recorded migration.',
          ],
          goodRun: { playbooks: ['finish-partial'], writes: 1 },
          ran: order,
          inject: async (client) => {
            await client.query(`DROP INDEX ${name}`);
          },
        },
      ];
    }),
  );
}
