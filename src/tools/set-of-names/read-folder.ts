import { createHash } from 'node:crypto';
import type { DownSql, Folder, Migration, MigrationFile } from '../../core/facts.js';
import type { FolderContents } from '../contract.js';
import { byCodeUnit, type Named, type NamesSpec, wholeText } from './spec.js';

/** Files that lie in folders below are of no interest: such tools look into one folder. */
export function isMigrationFile({ files }: NamesSpec, path: string): boolean {
  return !path.includes('/') && files.test(path);
}

/** Makes sense of the bytes of a folder. Never throws: what cannot be read is part of the result. */
export function readFolder(
  spec: NamesSpec,
  found: FolderContents,
  siblings: readonly FolderContents[],
): Folder {
  const contents = withoutUnclear(spec, found);
  const named = namedFiles(spec, contents);
  const stems = named.map(({ file }) => stemOf(file));
  return {
    path: contents.path,
    root: contents.root,
    migrations: named.map((one, at) => {
      const stem = stems[at] ?? one.file;
      // Two files of one stem are told apart by their endings.
      const id = stems.indexOf(stem) === stems.lastIndexOf(stem) ? stem : one.file;
      return migrationOf(spec, contents, one, id);
    }),
    journal: null,
    snapshots: [],
    unreadable: contents.unreadable.filter(({ reason }) => !isFolder(reason)),
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

function namedFiles(spec: NamesSpec, { files, unreadable }: FolderContents): Named[] {
  const { order = (a, b) => byCodeUnit(a.file, b.file) } = spec;
  const broken = unreadable.filter(({ reason }) => !isFolder(reason));
  const paths = [...files.keys(), ...broken.map(({ path }) => path)];
  return paths
    .filter((path) => isMigrationFile(spec, path))
    .toSorted(byCodeUnit)
    .flatMap((file) => {
      const name = spec.nameOf(file, files.get(file)?.toString('utf8') ?? null);
      return name === null ? [] : [{ file, name }];
    })
    .toSorted(order);
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
  { file: path, name }: Named,
  id: string,
): Migration {
  const bytes = files.get(path);
  const file = bytes === undefined ? null : readFile(path, bytes);
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
      : readFile(beside, downBytes);
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

function readFile(path: string, bytes: Buffer): MigrationFile {
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const text = bytes.toString('utf8');
  return { path, size: bytes.length, sha256, text, hash: null, variantHashes: [] };
}
