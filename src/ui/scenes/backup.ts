import type { BackupProgress } from '../../core/backup.js';
import type { Scene } from '../../core/session/state.js';
import { bytes, clock, grouped } from '../../core/telling/amounts.js';
import { paceWords, reachedWords, silenceWords } from '../../core/telling/backup-words.js';
import type { Line } from '../line.js';
import { blank, line, paragraph, span } from '../line.js';
import type { Body, View } from '../view.js';
import { body } from '../view.js';

const phases = {
  dumping: 'Dumping the database as one snapshot sees it',
  counting: 'Counting every table in the snapshot that was dumped',
  'reading back': 'Reading the dump back from the disk',
  restoring: 'Restoring the dump into the sandbox, to prove it',
  comparing: 'Comparing every table with the counts of the snapshot',
} as const satisfies Record<BackupProgress['phase'], string>;

/** A backup that runs: its phase, a bar, and how to stop it. */
export function drawBackup(scene: Extract<Scene, { name: 'backup' }>, view: View): Body {
  const { progress, cancelling } = scene;
  const what = progress === null ? 'Preparing the backup' : phases[progress.phase];
  return body({
    top: [
      line(
        span(` ${what}${view.glyphs.dots}`, 'strong'),
        span(`   ${clock(view.now - scene.since)}`, 'dim'),
      ),
      blank,
      ...(progress === null ? [] : amounts(progress, view)),
      ...(progress === null
        ? []
        : silenceWords(progress).flatMap((words) => paragraph(words, view.columns, 'warn'))),
      blank,
      ...paragraph(
        cancelling
          ? 'Stopping: nothing of this backup will be kept.'
          : scene.stoppingProof
            ? 'Stopping the proof: the backup is kept, read back and not proven.'
            : 'Ctrl-C stops it safely; nothing is kept. Nothing is written to the database meanwhile.',
        view.columns,
        cancelling ? 'warn' : 'dim',
      ),
    ],
  });
}

function amounts(progress: BackupProgress, view: View): readonly Line[] {
  const { tablesDone, tablesTotal, rowsDone, rowsTotal, table } = progress;
  const width = Math.min(50, view.columns - 30);
  const share =
    rowsTotal > 0 ? rowsDone / rowsTotal : tablesTotal > 0 ? tablesDone / tablesTotal : 0;
  const full = Math.round(Math.min(1, Math.max(0, share)) * width);
  // Row totals are an estimate of the server until they are counted.
  const rows =
    progress.phase === 'counting' || progress.phase === 'dumping'
      ? `${grouped(rowsDone)} rows of about ${grouped(Math.max(rowsTotal, rowsDone))}`
      : `${grouped(rowsDone)} of ${grouped(rowsTotal)} rows`;
  const pace = paceWords(progress);
  return [
    line(
      ' ',
      span(view.glyphs.barDone.repeat(full), 'good'),
      span(view.glyphs.barToCome.repeat(Math.max(0, width - full)), 'dim'),
    ),
    line(` ${tablesDone} of ${tablesTotal} tables   ${rows}   ${bytes(progress.bytes)}`),
    line(span(table === null ? '' : ` ${table}`, 'dim')),
    line(span(pace === '' ? '' : ` ${pace}`, 'dim')),
    line(` ${reachedWords(progress)}`),
  ];
}
