import { createHash } from 'node:crypto';
import type { DownSql, Folder, Migration, MigrationFile } from '../../core/facts.js';
import type { FolderContents } from '../contract.js';
import { byCodeUnit, type NamesSpec, wholeText } from './spec.js';

/** Files that lie in folders below are of no interest, but for tools that have a folder for each migration. */
export function isMigrationFile(spec: NamesSpec, path: string): boolean {
  const entry = entryOf(spec, path);
  return entry !== null && spec.files.test(entry);
}

/** What in the migrations folder a path is of: the file itself, or its folder; null: nothing of interest. */
function entryOf({ inFolders }: NamesSpec, path: string): string | null {
  if (inFolders === undefined) return path.includes('/') ? null : path;
  const [folder = '', file, more] = path.split('/');
  return file === inFolders && more === undefined ? folder : null;
}

/** What the tool would record of this file. */
export function recordedName(spec: NamesSpec, path: string): string {
  return spec.nameOf(entryOf(spec, path) ?? path);
}

/** Makes sense of the bytes of a folder. Never throws: what cannot be read is part of the result. */
export function readFolder(
  spec: NamesSpec,
  contents: FolderContents,
  siblings: readonly FolderContents[],
): Folder {
  const paths = migrationPaths(spec, contents);
  const stems = paths.map((path) =>
    spec.inFolders === undefined ? stemOf(path) : (entryOf(spec, path) ?? path),
  );
  return {
    path: contents.path,
    root: contents.root,
    migrations: paths.map((path, at) => {
      const stem = stems[at] ?? path;
      // Two files of one stem are told apart by their endings.
      const id = stems.indexOf(stem) === stems.lastIndexOf(stem) ? stem : path;
      return migrationOf(spec, contents, path, id);
    }),
    journal: null,
    snapshots: [],
    unreadable: [
      ...contents.unreadable.filter(({ reason }) => !isFolder(reason)),
      ...missingIn(spec, contents).map((path) => ({ path, reason: 'it does not exist' })),
    ],
    convertedFolders: [],
    siblings: siblings.map((sibling) => ({
      path: sibling.path,
      stamps: [],
      marks: migrationPaths(spec, sibling).map((path) => recordedName(spec, path)),
    })),
  };
}

function migrationPaths(spec: NamesSpec, contents: FolderContents): string[] {
  const broken = contents.unreadable.filter(({ reason }) => !isFolder(reason));
  const paths = [
    ...contents.files.keys(),
    ...broken.map(({ path }) => path),
    ...missingIn(spec, contents),
  ];
  const order = spec.order ?? byCodeUnit;
  return paths
    .filter((path) => isMigrationFile(spec, path))
    .toSorted((a, b) => order(entryOf(spec, a) ?? a, entryOf(spec, b) ?? b));
}

/** Folders without the file that a migration of such a tool consists of. */
function missingIn({ inFolders }: NamesSpec, contents: FolderContents): readonly string[] {
  if (inFolders === undefined) return [];
  const known = new Set([...contents.files.keys(), ...contents.unreadable.map(({ path }) => path)]);
  return (contents.folders ?? [])
    .map((folder) => `${folder}/${inFolders}`)
    .filter((path) => !known.has(path));
}

/** Such tools pass over folders, whatever their name. */
function isFolder(reason: string): boolean {
  return reason.startsWith('it is a folder');
}

/** "001_users" of "001_users.up.sql". */
function stemOf(path: string): string {
  return path.replace(/(?:\.up)?\.\w+$/, '');
}

function migrationOf(
  spec: NamesSpec,
  { files }: FolderContents,
  path: string,
  id: string,
): Migration {
  const bytes = files.get(path);
  const file = bytes === undefined ? null : readFile(path, bytes, spec);
  if (spec.isSql?.(path, file?.text ?? null) === false) {
    const whyCode = file && (spec.whyCode?.(file.text) ?? null);
    return {
      id,
      name: recordedName(spec, path),
      file,
      isCode: true,
      whyCode,
      entries: [],
      snapshot: null,
    };
  }
  const beside = spec.downFile?.(path) ?? null;
  const downBytes = beside === null ? undefined : files.get(beside);
  const down =
    beside === null || downBytes === undefined
      ? file && ownDown(spec, file)
      : readFile(beside, downBytes, spec);
  return { id, name: recordedName(spec, path), file, entries: [], down, snapshot: null };
}

/** The part of a file that takes it back, where there is SQL in it. */
function ownDown(spec: NamesSpec, file: MigrationFile): DownSql | null {
  const parts = (spec.parts ?? wholeText)(file.text);
  const down = 'refused' in parts ? null : parts.down;
  return down === null || isBlank(down.text) ? null : { ...file, ...down };
}

function isBlank(sql: string): boolean {
  return sql.replaceAll(/--[^\n]*/g, '').trim() === '';
}

function readFile(path: string, bytes: Buffer, { history }: NamesSpec): MigrationFile {
  const text = bytes.toString('utf8');
  const file = { path, size: bytes.length, sha256: sha256(bytes), text };
  if (history.checksum === undefined) return { ...file, hash: null, variantHashes: [] };
  const hash = sha256(text);
  const variants = [text.replaceAll('\r\n', '\n'), text.replaceAll('\n', '\r\n')].map(sha256);
  return { ...file, hash, variantHashes: [...new Set(variants)].filter((one) => one !== hash) };
}

function sha256(content: Buffer | string): string {
  return createHash('sha256').update(content).digest('hex');
}
