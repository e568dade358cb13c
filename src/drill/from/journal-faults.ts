import type { Migration } from '../../core/facts.js';
import type { Fault, Kind } from './faults.js';
import { type Scene, isShown } from './scene.js';

interface Entry {
  readonly tag: string;
  readonly when: number;
}

/** What only Drizzle's journal can suffer. */
export const journalFaults: readonly Kind[] = [
  {
    name: 'entry-lost',
    wants: "Drizzle's journal, and a last migration that the schema shows",
    faults: (scene) => withJournal(scene, entryLost),
  },
  {
    name: 'stamp-too-old',
    wants: "Drizzle's journal, and two migrations",
    faults: (scene) => withJournal(scene, stampTooOld),
  },
];

const path = 'meta/_journal.json';

function withJournal(
  scene: Scene,
  make: (scene: Scene, last: Migration, entries: readonly Entry[]) => Fault,
): readonly Fault[] {
  const { folder, order, given } = scene;
  const [last, before] = [order.at(-1), order.at(-2)];
  const bytes = given.files.get(path);
  if (folder.journal?.state !== 'read' || bytes === undefined) return [];
  if (last === undefined || before === undefined || !isShown(scene, last)) return [];
  const { entries } = JSON.parse(bytes.toString('utf8')) as { entries: Entry[] };
  return [make(scene, last, entries)];
}

/** The journal with other entries, as drizzle-kit lays it out. */
function journalWith({ given }: Scene, entries: readonly Entry[]): ReadonlyMap<string, Buffer> {
  const journal = JSON.parse(String(given.files.get(path))) as object;
  return new Map([[path, Buffer.from(JSON.stringify({ ...journal, entries }, null, 2))]]);
}

function entryLost(scene: Scene, { id }: Migration, entries: readonly Entry[]): Fault {
  return {
    happened: `The journal had lost its entry of ${id}, which has never run.`,
    page: `the new release does not find what its last migration makes: ${id}
"drizzle-kit migrate is green. The file is in the release, I can see it. There
was a conflict in meta/_journal.json when we merged, and I took one side."`,
    goal: `Get the journal to list every file, and ${id} applied and recorded.`,
    hints: [
      'The migrator runs what the journal lists, and looks at nothing else.',
      `${id} has a file and no entry: look at the column journal of the board.`,
      'The playbook reconcile-journal adds it with a stamp above all others, and runs it with its row when you say yes.',
    ],
    goodRun: { playbooks: ['reconcile-journal'], writes: 2 },
    ran: scene.order.slice(0, -1),
    files: journalWith(
      scene,
      entries.filter(({ tag }) => tag !== id),
    ),
    inject: async () => {},
  };
}

function stampTooOld(scene: Scene, { id }: Migration, entries: readonly Entry[]): Fault {
  const others = entries.filter(({ tag }) => tag !== id).map(({ when }) => when);
  return {
    happened: `The stamp of ${id} in the journal was older than one that had run.`,
    page: `the new release does not find what its last migration makes: ${id}
"drizzle-kit migrate is green, three times in a row. ${id}
came with a branch that was older than the rest, and was merged last."`,
    goal: `Get ${id} applied and recorded, and a journal that no database will skip.`,
    hints: [
      'Drizzle compares one number: the stamp (`when`) of an entry with the newest row of the history.',
      `The stamp of ${id} is below one that has run, so it is passed over without a word.`,
      'The playbook reconcile-journal raises the stamp, and runs it with its row when you say yes.',
    ],
    goodRun: { playbooks: ['reconcile-journal'], writes: 2 },
    ran: scene.order.slice(0, -1),
    files: journalWith(
      scene,
      entries.map((entry) =>
        entry.tag === id ? { ...entry, when: Math.max(...others) - 1 } : entry,
      ),
    ),
    inject: async () => {},
  };
}
