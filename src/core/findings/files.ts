import type { Folder } from '../facts.js';
import type { Finding } from '../finding.js';
import {
  at,
  count,
  few,
  finding,
  groupBy,
  isListed,
  journalAt,
  type Rule,
  stampText,
} from './input.js';

const reconcile = ['reconcile-journal'];

function isUnreadable(folder: Folder, file: string): boolean {
  return folder.unreadable.some(({ path }) => path === file || path === 'meta');
}

const journal: Rule = ({ facts: { folder } }) => {
  if (folder.journal === null) return [];
  const anyFile = folder.migrations.some(({ file }) => file !== null);
  switch (folder.journal.state) {
    case 'missing':
      // A folder of the 1.0 layout alone has no journal, and needs none.
      if (!anyFile && folder.convertedFolders.length > 0) return [];
      return [
        finding(
          'journal-missing',
          'error',
          'There is no journal, so that the migrator refuses to run.',
          {
            evidence: [`${journalAt(folder)} does not exist`],
            playbooks: anyFile ? reconcile : [],
          },
        ),
      ];
    case 'malformed': {
      const { conflictMarkers, reason } = folder.journal;
      if (conflictMarkers.length > 0) {
        return [
          finding(
            'journal-conflict-markers',
            'error',
            'A merge conflict was committed in the journal: the migrator cannot read it.',
            {
              evidence: conflictMarkers.map((line) => `${journalAt(folder, line)}: a merge marker`),
              playbooks: reconcile,
            },
          ),
        ];
      }
      return [
        finding(
          'journal-malformed',
          'error',
          'The journal cannot be read, and the migrator refuses to run.',
          {
            evidence: [`${journalAt(folder)}: ${reason}`],
            // What cannot be read must not be written over.
            playbooks: isUnreadable(folder, folder.journal.path) ? [] : reconcile,
          },
        ),
      ];
    }
    case 'read': {
      const wrong = folder.journal.entries.filter(({ when }) => !Number.isSafeInteger(when));
      if (wrong.length === 0) return [];
      return [
        finding(
          'journal-malformed',
          'error',
          `The journal has no usable "when" for ${few(wrong.map(({ tag }) => tag))}: it must be a whole number.`,
          {
            migrations: [...new Set(wrong.map(({ tag }) => tag))],
            evidence: wrong.map(
              ({ line, when }) =>
                `${journalAt(folder, line)}: "when" is ${when ?? 'absent or no number'}`,
            ),
            playbooks: reconcile,
          },
        ),
      ];
    }
  }
};

const unlistedFiles: Rule = ({ facts: { folder } }) => {
  if (folder.journal?.state !== 'read') return [];
  const unlisted = folder.migrations.filter(
    (migration) => migration.file !== null && !isListed(migration),
  );
  if (unlisted.length === 0) return [];
  const ids = unlisted.map(({ id }) => id);
  return [
    finding(
      'file-not-in-journal',
      'error',
      `The migrator cannot see ${few(ids)}: the journal does not list ${ids.length === 1 ? 'it' : 'them'}.`,
      {
        migrations: ids,
        evidence: ids.map(
          (id) => `${at(folder, `${id}.sql`)} is there; ${journalAt(folder)} has no entry for it`,
        ),
        playbooks: reconcile,
      },
    ),
  ];
};

const entriesWithoutFile: Rule = ({ facts: { folder } }) => {
  if (folder.journal === null) return [];
  const gone = folder.migrations.filter(
    ({ id, file }) => file === null && !folder.unreadable.some(({ path }) => path === `${id}.sql`),
  );
  if (gone.length === 0) return [];
  const ids = gone.map(({ id }) => id);
  return [
    finding(
      'journal-entry-without-file',
      'error',
      `The journal lists ${few(ids)}, and the file is not there: the migrator refuses to run.`,
      {
        migrations: ids,
        evidence: gone.map(
          ({ id, entries }) =>
            `${journalAt(folder, entries[0]?.line)} lists ${id}; ${at(folder, `${id}.sql`)} does not exist`,
        ),
        playbooks: reconcile,
      },
    ),
  ];
};

const duplicateEntries: Rule = ({ facts: { folder } }) =>
  folder.migrations
    .filter(({ entries }) => entries.length > 1)
    .map(({ id, entries }) =>
      finding(
        'journal-duplicate',
        'error',
        `The journal lists ${id} ${entries.length} times, and the migrator takes each for a migration of its own.`,
        {
          migrations: [id],
          evidence: entries.map(
            ({ line, when }) => `${journalAt(folder, line)}: ${id}, when ${stampText(when)}`,
          ),
          playbooks: reconcile,
        },
      ),
    );

/** As `drizzle-kit check` warns; entries that are skipped because of it have a finding of their own. */
const outOfOrder: Rule = ({ facts: { folder }, matching, nextRun }) => {
  if (folder.journal?.state !== 'read') return [];
  const late: { tag: string; line: string }[] = [];
  let latest: { tag: string; when: number } | null = null;
  for (const { tag, when, line } of folder.journal.entries) {
    if (when === null) continue;
    if (latest === null || when > latest.when) latest = { tag, when };
    else if (tag !== latest.tag && !nextRun.skips.includes(tag)) {
      late.push({
        tag,
        line: `${journalAt(folder, line)}: ${tag}, when ${when}, follows ${latest.tag}, when ${latest.when}`,
      });
    }
  }
  if (late.length === 0) return [];
  const ids = [...new Set(late.map(({ tag }) => tag))];
  const pending = ids.filter((id) => !matching.recorded.has(id));
  const title = `${few(ids)} ${ids.length === 1 ? 'is' : 'are'} stamped no later than an entry before ${ids.length === 1 ? 'it' : 'them'}`;
  return [
    finding(
      'journal-out-of-order',
      pending.length > 0 ? 'warning' : 'info',
      pending.length > 0
        ? `${title}: where that one is applied already, the migrator skips ${few(pending)} without a word.`
        : `${title}: a database that stopped in between would skip ${ids.length === 1 ? 'it' : 'them'}.`,
      {
        migrations: ids,
        evidence: late.map(({ line }) => line),
        playbooks: pending.length > 0 ? reconcile : [],
      },
    ),
  ];
};

const duplicateVersions: Rule = ({ facts: { folder }, matching }) => {
  const names = folder.journal === null;
  const byVersion = groupBy(
    folder.migrations.filter(({ file }) => file !== null),
    ({ id, name }) => (names ? name : /^\d+(?=[_.-])/.exec(id)?.[0]) ?? '',
  );
  return [...byVersion].flatMap(([version, migrations]): Finding[] => {
    if (version === '' || migrations.length < 2) return [];
    const ids = migrations.map(({ id }) => id);
    const applied = ids.every((id) => matching.recorded.has(id));
    return [
      finding(
        'duplicate-version',
        applied && !names ? 'info' : 'warning',
        names
          ? `${few(ids)} are both ${version} to the migrator: a row of one stands for all of them.`
          : `${few(ids)} share the number ${version}, and with it one snapshot file.`,
        {
          migrations: ids,
          evidence: migrations.map(({ id, file }) => at(folder, file?.path ?? id)),
        },
      ),
    ];
  });
};

/** What of the folder is in the other of Drizzle's layouts, and what that does; null: nothing. */
function halfConverted(
  folder: Folder,
): { readonly title: string; readonly paths: readonly string[] } | null {
  const { convertedFolders, unconverted = [], migrations, journal: found } = folder;
  if (unconverted.length > 0) {
    const refuses = unconverted.some((path) => path.startsWith('meta/'));
    const title =
      found !== null
        ? 'The folder has the layout of drizzle-orm 0.x, and the project has 1.0, which runs nothing of it: "drizzle-kit up" converts it.'
        : refuses
          ? 'A journal of drizzle-orm 0.x lies beside the folders of 1.0, which runs nothing while it is there.'
          : 'Migrations of drizzle-orm 0.x lie beside the folders of 1.0, which does not see them.';
    return { title, paths: unconverted };
  }
  if (convertedFolders.length === 0) return null;
  const old =
    found !== null && (found.state !== 'missing' || migrations.some(({ file }) => file !== null));
  const title = old
    ? 'Migrations of two layouts lie side by side: drizzle-orm 0.x sees the old ones only, 1.0 refuses the folder.'
    : 'The folder has the layout of drizzle-orm 1.0, which the migrator of 0.x cannot read.';
  return { title, paths: convertedFolders.map((name) => `${name}/migration.sql`) };
}

const twoLayouts: Rule = ({ facts: { folder } }) => {
  const found = halfConverted(folder);
  if (found === null) return [];
  const shown = found.paths.slice(0, 10).map((path) => at(folder, path));
  const rest = found.paths.length - shown.length;
  return [
    finding('half-converted-folder', 'error', found.title, {
      evidence: rest > 0 ? [...shown, `and ${count(rest, 'file')} more`] : shown,
    }),
  ];
};

const unreadableFiles: Rule = ({ facts: { folder } }) => {
  // Journal and snapshots that cannot be read are malformed ones, and told as such.
  const own = folder.unreadable.filter(({ path }) => !path.startsWith('meta/'));
  if (own.length === 0) return [];
  return [
    finding('unreadable-file', 'error', `${few(own.map(({ path }) => path))} cannot be read.`, {
      migrations: own
        .map(({ path }) => path.replace(/\.sql$/, ''))
        .filter((id) => folder.migrations.some((migration) => migration.id === id)),
      evidence: own.map(({ path, reason }) => `${at(folder, path)}: ${reason}`),
    }),
  ];
};

export const fileRules: readonly Rule[] = [
  journal,
  unlistedFiles,
  entriesWithoutFile,
  duplicateEntries,
  outOfOrder,
  duplicateVersions,
  twoLayouts,
  unreadableFiles,
];
