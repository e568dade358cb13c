import { createHash } from 'node:crypto';
import type {
  Folder,
  Journal,
  JournalEntry,
  Migration,
  MigrationFile,
  SiblingFolder,
} from '../../core/facts.js';
import { groupBy } from '../../core/findings/input.js';
import type { FolderContents } from '../contract.js';
import { journalPath, readJournal, unreadableJournal } from './journal.js';
import type { KnownTables } from './known-tables.js';
import { byTag, companionOf, numericPrefix } from './names.js';
import { readSnapshot, snapshotPath } from './snapshots.js';

const converted = /^(\d{14}_[^/]+)\/migration\.sql$/;
const snapshotFile = /^meta\/[^_/][^/]*\.json$/;

/** What of a migrations folder has to be read; listed files may lie in folders of their own. */
export function wants(path: string): boolean {
  return path === journalPath || path.endsWith('.sql') || snapshotFile.test(path);
}

/** The migrator reads `FOLDER/TAG.sql`, whatever the tag is: it may lead deeper, or out of the folder. */
export function names(contents: FolderContents): readonly string[] {
  const journal = journalOf(contents);
  return journal.state === 'read' ? journal.entries.map(({ tag }) => `${tag}.sql`) : [];
}

/** Makes sense of the bytes of a Drizzle 0.x folder. Never throws: what cannot be read is part of the result. */
export function readFolder(contents: FolderContents, siblings: readonly FolderContents[]): Folder {
  const files = sqlFiles(contents);
  const known: KnownTables = new Map();
  const snapshots = [...contents.files]
    .filter(([path]) => snapshotFile.test(path))
    .map(([path, bytes]) => readSnapshot(path, bytes, known));
  for (const { path, reason } of contents.unreadable) {
    if (snapshotFile.test(path)) snapshots.push({ state: 'malformed', path, reason });
  }
  snapshots.sort((a, b) => (a.path < b.path ? -1 : 1));
  const journal = journalOf(contents);
  return {
    path: contents.path,
    root: contents.root,
    migrations: arrange(
      journal.state === 'read' ? journal.entries : [],
      files,
      new Set(snapshots.map(({ path }) => path)),
    ),
    journal,
    snapshots,
    unreadable: contents.unreadable,
    convertedFolders: [...contents.files.keys()].flatMap((path) => converted.exec(path)?.[1] ?? []),
    siblings: siblings.map(sibling),
  };
}

/** The same folder with another journal: what it will be once that one is written. */
export function withJournal(folder: Folder, text: string): Folder {
  const journal = readJournal(Buffer.from(text, 'utf8'));
  const files = filesOf(folder);
  const paths = new Set(folder.snapshots.map(({ path }) => path));
  const entries = journal.state === 'read' ? journal.entries : [];
  return { ...folder, journal, migrations: arrange(entries, files, paths) };
}

/** By name without `.sql`; the down files too. */
export function filesOf({ migrations }: Folder): ReadonlyMap<string, MigrationFile> {
  const files = migrations.flatMap(({ file, down }) => [
    ...(file ? [file] : []),
    ...(down ? [down] : []),
  ]);
  return new Map(files.map((file) => [file.path.slice(0, -'.sql'.length), file]));
}

/**
 * Migrations in the journal's order, with the unlisted files sorted in by name. A file outside
 * the journal is taken for a migration when it is named as the others are: seeds and scripts of
 * other kinds lie in such folders too, and listing one would make the migrator run it.
 */
export function arrange(
  entries: readonly JournalEntry[],
  files: ReadonlyMap<string, MigrationFile>,
  snapshots: ReadonlySet<string>,
): Migration[] {
  const byId = groupBy(entries, ({ tag }) => tag);
  const downs = new Map(
    [...files].flatMap(([name, file]) => {
      const of = companionOf(name);
      return of === null || byId.has(name) ? [] : [[of, file] as const];
    }),
  );
  const migration = (id: string): Migration => {
    const path = snapshotPath(id);
    return {
      id,
      file: files.get(id) ?? null,
      down: downs.get(id) ?? null,
      entries: byId.get(id) ?? [],
      snapshot: path !== null && snapshots.has(path) ? path : null,
    };
  };
  const listed = [...byId.keys()];
  const result = listed.map(migration);
  const unlisted = [...files.keys()].filter((id) => !byId.has(id));
  for (const id of unlistedMigrations(unlisted, listed).toSorted(byTag)) {
    const after = result.findLastIndex((other) => byTag(other.id, id) < 0);
    result.splice(after + 1, 0, migration(id));
  }
  return result;
}

function unlistedMigrations(unlisted: readonly string[], listed: readonly string[]): string[] {
  const top = unlisted.filter((id) => !id.includes('/'));
  const known = new Set([...top, ...listed]);
  const likely = top.filter((id) => /^[\w][\w.-]*$/.test(id) && !known.has(companionOf(id) ?? ''));
  const numbered = likely.filter((id) => numericPrefix(id) !== null);
  const model = listed.length > 0 ? listed : numbered;
  return model.some((id) => numericPrefix(id) !== null) ? numbered : likely;
}

function sqlFiles(contents: FolderContents): Map<string, MigrationFile> {
  const files = new Map<string, MigrationFile>();
  for (const [path, bytes] of contents.files) {
    if (path.endsWith('.sql') && !converted.test(path)) {
      files.set(path.slice(0, -'.sql'.length), readFile(path, bytes));
    }
  }
  return files;
}

/** Decodes and hashes as drizzle-orm's migrator.js does: `toString()`, then sha256 of the text. */
export function readFile(path: string, bytes: Buffer): MigrationFile {
  const text = bytes.toString('utf8');
  const hash = sha256(text);
  const variants = new Set(variantsOf(text).map(sha256));
  variants.delete(hash);
  const of = { path, size: bytes.length, sha256: sha256(bytes) };
  return { ...of, text, hash, variantHashes: [...variants] };
}

/** What git, an editor or a formatter may make of a text without touching a statement. */
function variantsOf(text: string): string[] {
  const starts = text.startsWith('\uFEFF') ? [text, text.slice(1)] : [text];
  return starts.flatMap((start) => {
    const lf = start.replaceAll('\r\n', '\n');
    const bare = lf.replace(/\n+$/, '');
    const ends = [lf, bare, `${bare}\n`];
    return [...ends, ...ends.map((end) => end.replaceAll('\n', '\r\n'))];
  });
}

function journalOf(contents: FolderContents): Journal {
  const bytes = contents.files.get(journalPath);
  if (bytes !== undefined) return readJournal(bytes);
  const unreadable = contents.unreadable.find(
    ({ path }) => path === journalPath || path === 'meta',
  );
  if (unreadable !== undefined) return unreadableJournal(unreadable.reason);
  return { state: 'missing', path: journalPath };
}

function sibling(contents: FolderContents): SiblingFolder {
  const journal = journalOf(contents);
  const entries = journal.state === 'read' ? journal.entries : [];
  return {
    path: contents.path,
    stamps: entries.flatMap(({ when }) => (when === null ? [] : [when])),
    marks: [...sqlFiles(contents).values()]
      .filter(({ text }) => !isGeneric(text))
      .flatMap(({ hash }) => hash ?? []),
  };
}

/** Contents that many migrations share: the hash of one says nothing about which it was. */
export function isGeneric(text: string): boolean {
  const trimmed = text.trim();
  return trimmed === '' || trimmed === '-- Custom SQL migration file, put your code below! --';
}

function sha256(data: string | Buffer): string {
  return createHash('sha256').update(data).digest('hex');
}
