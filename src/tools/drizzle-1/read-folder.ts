import type { Folder, Migration, SiblingFolder, Snapshot } from '../../core/facts.js';
import type { FolderContents } from '../contract.js';
import { journalPath } from '../drizzle/journal.js';
import { companionOf, numericPrefix } from '../drizzle/names.js';
import { isGeneric, readFile } from '../drizzle/read-folder.js';
import { readSnapshot } from './snapshot.js';

const own = /^([^/]+)\/(?:migration|down)\.sql$|^([^/]+)\/snapshot\.json$/;
const sqlPath = /^([^/]+)\/migration\.sql$/;

/** What of a migrations folder has to be read: the folders in it, and what 0.x may have left. */
export function wants(path: string): boolean {
  return path === journalPath || own.test(path) || isOldFile(path);
}

/** Makes sense of the bytes of a Drizzle 1.0 folder. Never throws: what cannot be read is part of the result. */
export function readFolder(contents: FolderContents, siblings: readonly FolderContents[]): Folder {
  const paths = [...contents.files.keys(), ...contents.unreadable.map(({ path }) => path)];
  const names = paths.flatMap((path) => sqlPath.exec(path)?.[1] ?? []);
  const migrations = names.toSorted(byName).map((name) => migrationOf(contents, name));
  return {
    path: contents.path,
    root: contents.root,
    migrations,
    journal: null,
    snapshots: snapshotsOf(contents, names),
    unreadable: contents.unreadable,
    convertedFolders: [],
    unconverted: unconvertedIn(contents, migrations),
    siblings: siblings.map(sibling),
  };
}

/** As drizzle-orm sorts them: by the locale, which for names that begin with a time is that time. */
export function byName(a: string, b: string): number {
  return a.localeCompare(b);
}

function migrationOf({ files }: FolderContents, name: string): Migration {
  const read = (path: string) => {
    const bytes = files.get(path);
    return bytes === undefined ? null : readFile(path, bytes);
  };
  const snapshot = `${name}/snapshot.json`;
  return {
    id: name,
    name,
    file: read(`${name}/migration.sql`),
    entries: [],
    down: read(`${name}/down.sql`),
    snapshot: files.has(snapshot) ? snapshot : null,
  };
}

function snapshotsOf(
  { files, unreadable }: FolderContents,
  names: readonly string[],
): readonly Snapshot[] {
  return names.toSorted(byName).flatMap((name): Snapshot[] => {
    const path = `${name}/snapshot.json`;
    const bytes = files.get(path);
    if (bytes !== undefined) return [readSnapshot(path, bytes)];
    const broken = unreadable.find((one) => one.path === path);
    return broken === undefined ? [] : [{ state: 'malformed', ...broken }];
  });
}

/** The journal of 0.x, and its migrations of which no folder has the text. */
function unconvertedIn(
  { files, unreadable }: FolderContents,
  migrations: readonly Migration[],
): readonly string[] {
  const known = new Set(migrations.map(({ file }) => file?.hash));
  const left = [...files].flatMap(([path, bytes]) =>
    isOldFile(path) && !known.has(readFile(path, bytes).hash) ? [path] : [],
  );
  const journal = files.has(journalPath) || unreadable.some(({ path }) => path === journalPath);
  return journal ? [journalPath, ...left] : left;
}

/** "0003_orders.sql", and neither its down file nor a script beside it. */
function isOldFile(path: string): boolean {
  const tag = /^([^/]+)\.sql$/.exec(path)?.[1];
  return tag !== undefined && numericPrefix(tag) !== null && companionOf(tag) === null;
}

function sibling(contents: FolderContents): SiblingFolder {
  const { migrations } = readFolder(contents, []);
  return {
    path: contents.path,
    stamps: [],
    marks: migrations.flatMap(({ id, file }) =>
      file?.hash == null || isGeneric(file.text) ? [id] : [id, file.hash],
    ),
  };
}
