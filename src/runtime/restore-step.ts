import { readManifest } from '../backup/manifest.js';
import { restoreInto } from '../backup/restore-into.js';
import { chooseDumper } from '../backup/find.js';
import { UserError } from '../core/errors.js';
import type { Write } from '../core/plan.js';
import { withConnection } from '../postgres/connect.js';
import { executeRestore } from '../postgres/write-restore.js';
import type { WriteResult } from '../postgres/writer.js';
import type { RunStepOptions } from './run-step.js';
import { loggingHooks, writerOptions } from './step-parts.js';

/** Restores a backup into a new database, as far as that has its name. */
export async function restoreStep(
  options: RunStepOptions,
  step: string,
  write: Extract<Write, { type: 'restore' }>,
): Promise<WriteResult> {
  const { plan, log, onBatch } = options;
  const signal = options.signal ?? new AbortController().signal;
  const { path, format, sha256, manifest } = write.backup;
  return executeRestore({
    ...writerOptions(options),
    target: plan.target,
    write,
    hooks: loggingHooks(log, step),
    async fill(url) {
      const found = await readManifest(path);
      if ((found?.sha256 ?? null) !== manifest) {
        throw new UserError(
          `What stands beside ${path} is no longer what the plan was made with.`,
          ['Make a new plan.'],
        );
      }
      const expected = found?.manifest.expected ?? null;
      const total = expected?.counts.reduce((sum, { rows }) => sum + rows, 0) ?? null;
      const { serverVersionNum, databaseSize } = await serverOf(url);
      const named = options.pgDump === undefined ? {} : { named: options.pgDump };
      const dumper = await chooseDumper({ serverVersionNum, databaseSize, ...named });
      return restoreInto({
        url,
        file: path,
        format,
        sha256,
        expected,
        dumper,
        signal,
        onProgress: ({ rowsDone }) => onBatch?.({ done: rowsDone, total }),
      });
    },
  });
}

async function serverOf(url: string) {
  return withConnection(url, { purpose: 'read' }, async ({ client }) => {
    const { rows } = await client.query<{ version: string; size: string }>(
      `SELECT current_setting('server_version_num') AS version, pg_database_size(current_database()) AS size`,
    );
    return { serverVersionNum: Number(rows[0]?.version), databaseSize: Number(rows[0]?.size) };
  });
}
