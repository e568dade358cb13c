import { createHash } from 'node:crypto';
import type { DownSql, Folder, Migration, MigrationFile } from '../../core/facts.js';
import type { FolderContents } from '../contract.js';
import { byCodeUnit, type Named, type NamesSpec, wholeText } from './spec.js';

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

/** What the tool would record of this file; null: nothing, it is no migration. */
export function recordedName(spec: NamesSpec, path: string, text: string | null): string | null {
  return spec.nameOf(entryOf(spec, path) ?? path, text);
}

/** Makes sense of the bytes of a folder. Never throws: what cannot be read is part of the result. */
export function readFolder(
  spec: NamesSpec,
  found: FolderContents,
  siblings: readonly FolderContents[],
): Folder {
  const contents = withoutUnclear(spec, found);
  const named = namedFiles(spec, contents);
  const stems = named.map(({ file }) => (spec.inFolders === undefined ? stemOf(file) : file));
  return {
    path: contents.path,
    root: contents.root,
    migrations: named.map((one, at) => {
      const stem = stems[at] ?? one.path;
      // Two files of one stem are told apart by their endings.
      const id = stems.indexOf(stem) === stems.lastIndexOf(stem) ? stem : one.path;
      return migrationOf(spec, contents, one, id);
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
      marks: namedFiles(spec, sibling).map(({ name }) => name),
    })),
  };
}

/** Files of which the tool makes more than one migration, or nobody knows what, cannot be read. */
function withoutUnclear({ cannotRead }: NamesSpec, contents: FolderContents): FolderContents {
  if (cannotRead === undefined) return contents;
  const unclear = [...contents.files].flatMap(([path, bytes]) => {
    const reason = cannotRead(bytes.toString('utf8'));
    return reason === null ? [] : [{ path, reason }];
  });
  const isClear = ([path]: readonly [string, Buffer]): boolean =>
    unclear.every((one) => one.path !== path);
  return {
    ...contents,
    files: new Map([...contents.files].filter(isClear)),
    unreadable: [...contents.unreadable, ...unclear],
  };
}

function namedFiles(
  spec: NamesSpec,
  contents: FolderContents,
): readonly (Named & { readonly path: string })[] {
  const { order = (a, b) => byCodeUnit(a.file, b.file) } = spec;
  const broken = contents.unreadable.filter(({ reason }) => !isFolder(reason));
  const paths = [
    ...contents.files.keys(),
    ...broken.map(({ path }) => path),
    ...missingIn(spec, contents),
  ];
  return paths
    .filter((path) => isMigrationFile(spec, path))
    .toSorted(byCodeUnit)
    .flatMap((path) => {
      const name = recordedName(spec, path, contents.files.get(path)?.toString('utf8') ?? null);
      return name === null ? [] : [{ path, name, file: entryOf(spec, path) ?? path }];
    })
    .toSorted(order);
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
  { path, name }: { readonly path: string; readonly name: string },
  id: string,
): Migration {
  const bytes = files.get(path);
  const file = bytes === undefined ? null : readFile(path, bytes, spec);
  if (spec.isSql?.(path, file?.text ?? null) === false) {
    const whyCode = file && (spec.whyCode?.(file.text) ?? null);
    return {
      id,
      name,
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
  return { id, name, file, entries: [], down, snapshot: null };
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
