import { mkdir, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError, messageOf } from '../core/errors.js';
import type { StepOutcome, Write } from '../core/plan.js';
import type { UndoWrite } from '../core/run-log.js';
import { findPlace, sha256Of, type Place } from './edit-place.js';
import { removeFile, replaceFile } from './edit-replace.js';
import { syncFolder } from './run-log.js';

export { sha256Of } from './edit-place.js';

export interface FileEdit {
  /** The migrations folder, absolute. Nothing outside it is touched. */
  readonly root: string;
  readonly write: Extract<Write, { type: 'file' }>;
  /** The session's folder: the original bytes go to `originals/<sha256>` in it first. */
  readonly keepIn: string;
}

/**
 * Writes or removes one file of the operator's, if it still is what the step was planned on. Never
 * throws for what the disk or the operator did: a failed outcome means the file is as it was.
 */
export async function writeFileStep(edit: FileEdit): Promise<StepOutcome> {
  const { root, write, keepIn } = edit;
  const bytes = write.after === null ? null : Buffer.from(write.after, 'utf8');
  if ((bytes === null ? null : sha256Of(bytes)) !== write.afterSha256) {
    throw new Error(`afterSha256 of ${write.path} is not the sha256 of its text`);
  }
  return settled(root, write.path, write.before, async () => {
    const place = await findPlace(root, write.path);
    const now = place.present?.sha256 ?? null;
    if (now !== write.before) return movedOn(write.path, now);
    if (place.present !== null) await keep(keepIn, place.present.bytes, place.present.sha256);
    // Keeping took a moment: look again right before the file is replaced.
    const again = await findPlace(root, write.path);
    if (again.path !== place.path || (again.present?.sha256 ?? null) !== write.before) {
      return movedOn(write.path, again.present?.sha256 ?? null);
    }
    if (bytes === null) await removeFile(again.path);
    else await replaceFile(again.path, bytes, again.present);
    const note = bytes === null ? 'is removed; its bytes are kept' : 'is written';
    return proven(root, write.path, write.afterSha256, `${write.path} ${note}`);
  });
}

/** Puts a file back byte for byte, only while it holds exactly what was written. */
export async function undoFileEdit(edit: {
  readonly root: string;
  readonly undo: Extract<UndoWrite, { type: 'file' }>;
  readonly keepIn: string;
}): Promise<StepOutcome> {
  const { root, undo, keepIn } = edit;
  return settled(root, undo.path, undo.expects, async () => {
    const original = undo.restores === null ? null : await kept(keepIn, undo.restores);
    const place = await findPlace(root, undo.path);
    const now = place.present?.sha256 ?? null;
    if (now !== undo.expects) return movedOn(undo.path, now);
    if (original === null) await removeFile(place.path);
    else await replaceFile(place.path, original, place.present);
    const note = original === null ? 'is removed again' : 'has its original bytes again';
    return proven(root, undo.path, undo.restores, `${undo.path} ${note}`);
  });
}

/** sha256 of a file's bytes; null when there is no such file. @throws UserError for a path outside the folder. */
export async function fileSha(root: string, path: string): Promise<string | null> {
  return (await findPlace(root, path)).present?.sha256 ?? null;
}

async function proven(
  root: string,
  path: string,
  expected: string | null,
  note: string,
): Promise<StepOutcome> {
  const { path: place, present }: Place = await findPlace(root, path);
  if ((present?.sha256 ?? null) === expected) return { state: 'done', note, xid: null };
  return {
    state: 'unknown',
    message: `${place} was written, but read back it is something else.`,
    next: ['Another program writes to this file: end it, then look at the file.'],
  };
}

/** What failed on the way left the old bytes, as a rule; the file itself is asked. */
async function settled(
  root: string,
  path: string,
  before: string | null,
  run: () => Promise<StepOutcome>,
): Promise<StepOutcome> {
  try {
    return await run();
  } catch (error) {
    const known = error instanceof UserError;
    const message = known ? error.message : `${path} cannot be written: ${messageOf(error)}.`;
    const next = known ? error.next : ['Check who may write there and that the disk has room.'];
    const now = await fileSha(root, path).catch(() => before);
    if (now === before) return { state: 'failed', message, detail: null, next };
    return {
      state: 'unknown',
      message: `${message} The file is no longer what it was.`,
      next: [`Look at ${path}; its original bytes are in the session's folder.`],
    };
  }
}

function movedOn(path: string, now: string | null): StepOutcome {
  const is = now === null ? 'no longer exists' : 'is not what it was';
  return {
    state: 'failed',
    message: `${path} ${is}: someone else changed it. Nothing was written.`,
    detail: null,
    next: ['Read everything again and make a new plan.'],
  };
}

async function keep(folder: string, bytes: Buffer, sha256: string): Promise<void> {
  const originals = join(folder, 'originals');
  await mkdir(originals, { recursive: true, mode: 0o700 });
  const path = join(originals, sha256);
  const already = await readFile(path).catch(() => null);
  if (already !== null && sha256Of(already) === sha256) return;
  const handle = await open(path, 'w', 0o600);
  try {
    await handle.writeFile(bytes);
    await handle.sync();
  } finally {
    await handle.close();
  }
  if (sha256Of(await readFile(path)) !== sha256) {
    throw new UserError(`The original bytes could not be kept in ${path}.`, ['Check the disk.']);
  }
  await syncFolder(originals);
  await syncFolder(folder);
}

/** The original bytes of a file that a session edited. @throws UserError when they are not there. */
export async function kept(folder: string, sha256: string): Promise<Buffer> {
  const path = join(folder, 'originals', sha256);
  const bytes = await readFile(path).catch(() => null);
  if (bytes === null || sha256Of(bytes) !== sha256) {
    throw new UserError(`The original bytes are not in ${path}.`, ['Restore the file from git.']);
  }
  return bytes;
}

/** A file's text as UTF-8, a BOM kept; null when there is none. @throws UserError for a path outside the folder. */
export async function fileText(root: string, path: string): Promise<string | null> {
  return (await findPlace(root, path)).present?.bytes.toString('utf8') ?? null;
}
