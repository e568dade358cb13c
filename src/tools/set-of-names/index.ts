import type { Migration } from '../../core/facts.js';
import type { Chunk } from '../../core/tool.js';
import type { Tool } from '../contract.js';
import { isShaped, readHistory, tablesBeside } from './history.js';
import { historySqlOf } from './history-sql.js';
import { match, nextRun } from './next-run.js';
import { matchOneRow, nextOfOneRow, rowInPlace } from './one-row.js';
import { oneRowSql } from './one-row-sql.js';
import { isMigrationFile, readFolder } from './read-folder.js';
import { type NamesSpec, type Parts, wholeText } from './spec.js';

export { byVersion } from './one-row.js';
export { byCodeUnit } from './spec.js';
export type { Named, NamesSpec, Parts } from './spec.js';

/** A whole tool out of what tells it from others of its kind. */
export function setOfNames(spec: NamesSpec): Tool {
  const partsOf = (text: string): Parts => (spec.parts ?? wholeText)(text);
  const chunks = (text: string): readonly Chunk[] => {
    const parts = partsOf(text);
    return 'refused' in parts ? [] : parts.up;
  };
  const isBare = ({ file }: Migration): boolean => {
    const parts = file && partsOf(file.text);
    return parts !== null && 'bare' in parts && parts.bare;
  };
  const { oneRow } = spec.history;
  return {
    name: spec.name,
    title: spec.title,
    atomicity: spec.atomicity,
    ...(spec.bareParts && { bareParts: spec.bareParts }),
    ...(spec.command !== undefined && { command: spec.command }),
    ...(spec.beware !== undefined && { beware: spec.beware }),
    ...(spec.history.byMigration === true && { historyByMigration: true }),
    defaultHistoryTable: spec.history.table,
    usualFolders: spec.usualFolders,
    ...(spec.variables && { variables: spec.variables }),
    ...(spec.config && { config: spec.config }),
    fits: (file, text) =>
      (spec.signFile === undefined ? isMigrationFile(spec, file) : file === spec.signFile) &&
      (spec.fits?.(text) ?? true),
    isHistory: (columns) => isShaped(spec, columns),
    wants: (path) =>
      isMigrationFile(spec, path) ||
      path === spec.signFile ||
      (!path.includes('/') && path.endsWith('.sql')),
    names: () => [],
    readFolder: (contents, siblings) => readFolder(spec, contents, siblings),
    readHistory: (query, expected, configured) => readHistory(spec, query, expected, configured),
    ...(spec.dependency && { dependency: spec.dependency }),
    ...(spec.schemaParameter !== undefined && { schemaParameter: spec.schemaParameter }),
    match: (folder, history) =>
      oneRow === undefined ? match(spec, folder, history) : matchOneRow(folder, history),
    nextRun: (folder, history) =>
      oneRow === undefined
        ? nextRun(spec, folder, history)
        : nextOfOneRow(spec, oneRow, folder, history),
    chunks,
    beside: (table) => tablesBeside(spec, table),
    isBare,
    swallows: (message) => (spec.swallows ?? []).some((part) => message.includes(part)),
    downPlace: (id) => spec.downPlace ?? `${id}.down.sql beside it`,
    historyRow(migration, history) {
      if (oneRow !== undefined) return rowInPlace(migration, history);
      const { name, file, isCode } = migration;
      const refused = file === null || (isCode !== true && 'refused' in partsOf(file.text));
      if (name === undefined || refused) return null;
      const { checksum } = spec.history;
      if (checksum === undefined || file.hash === null) return { name, columns: {} };
      return { name, columns: { [checksum]: file.hash }, checksum: file.hash };
    },
    historySql: oneRow === undefined ? historySqlOf(spec.history) : oneRowSql(spec.history, oneRow),
    reconcile: null,
    forget(folder, ids) {
      if (spec.inFolders !== undefined) {
        return { ok: false, why: `${spec.title} stops at a folder without its file` };
      }
      const gone = folder.migrations.filter(({ id }) => ids.includes(id));
      const files = gone.flatMap(({ file, down }) => [file?.path, down?.path]);
      return {
        ok: true,
        journal: null,
        files: [...new Set(files.filter((path) => path !== undefined))],
        folder: {
          ...folder,
          migrations: folder.migrations.filter(({ id }) => !ids.includes(id)),
        },
      };
    },
  };
}
