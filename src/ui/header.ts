import { isAccepted, lookedAt } from '../core/backup.js';
import type { Target } from '../core/facts.js';
import { clock } from '../core/telling/amounts.js';
import {
  environmentKind,
  environmentWords,
  serverWords,
  whereWords,
} from '../core/telling/target-words.js';
import { middle, widthOf } from '../core/telling/visible.js';
import type { State } from '../core/session/state.js';
import { currentRun } from '../core/session/state.js';
import type { Line, Span, Tone } from './line.js';
import { line, lineWidth, span } from './line.js';
import type { View } from './view.js';

/** Where one is and how far: on every screen, so that two targets never look alike. */
export function header(state: State, view: View): readonly Line[] {
  const elapsed = span(clock(view.now - state.startedAt), 'dim');
  return [...identity(state, view, elapsed), phases(state, view), rule(view)];
}

export function rule(view: View): Line {
  return [span(view.glyphs.rule.repeat(view.columns), 'dim')];
}

function identity(state: State, view: View, elapsed: Span): readonly Line[] {
  const target = state.diagnosis?.facts.target ?? null;
  if (target === null) {
    const only = state.readOnly ? [span('   '), readOnly] : [];
    return [justified([span(' pgmedic', 'strong'), ...only], elapsed, view.columns)];
  }
  const environment = environmentSpans(state, target);
  const server = serverWords(target).map((words) => span(words));
  if (target.role === 'replica' || target.pooler) server[1] = span(server[1]?.text ?? '', 'warn');
  const where = whereWords(target);
  const rest = [span('   '), ...environment, ...server.flatMap((one) => [span('   '), one])];
  const room = view.columns - 1 - lineWidth(rest) - 2 - widthOf(elapsed.text);
  if (widthOf(where) <= room) {
    return [justified([span(` ${where}`, 'strong'), ...rest], elapsed, view.columns)];
  }
  // Too narrow for one row: the names are what may not be lost.
  const name = middle(where, view.columns - lineWidth(environment) - 12, view.glyphs.dots);
  const below = line(' ', middle(server.map((one) => one.text).join('   '), view.columns - 2));
  return [
    justified([span(` ${name}`, 'strong'), span('   '), ...environment], elapsed, view.columns),
    below,
  ];
}

const readOnly: Span = { text: 'READ-ONLY', tone: 'harmless' };

function environmentSpans(state: State, target: Target): readonly Span[] {
  const tones = { red: 'production', yellow: 'staging', green: 'harmless' } as const;
  const tone = state.colour === null ? environmentTone(target.environment) : tones[state.colour];
  const word = span(environmentWords(target), tone);
  return state.readOnly ? [word, span('  '), readOnly] : [word];
}

function environmentTone(name: string | null): Tone {
  const kind = environmentKind(name);
  return kind === null ? 'dim' : kind === 'other' ? 'accent' : kind;
}

function justified(left: Line, right: Span, columns: number): Line {
  const gap = columns - lineWidth(left) - widthOf(right.text) - 1;
  return [...left, span(' '.repeat(Math.max(1, gap))), right];
}

type Progress = 'done' | 'current' | 'toCome';

function phases(state: State, view: View): Line {
  const order = ['Diagnose', 'Backup', 'Repair', 'Verify', 'Report'] as const;
  const here = order.indexOf(phaseOf(state));
  const run = currentRun(state);
  const { scene } = state;
  const happened = {
    Diagnose: state.diagnosis !== null,
    Backup: state.backup !== null,
    Repair: run !== null,
    Verify: run !== null && run.verdict !== null,
    Report: false,
  };
  const spans = order.flatMap((name, index): readonly Span[] => {
    const progress = progressOf(
      happened[name] && (index < here || name === 'Backup'),
      index === here,
    );
    const detail =
      name === 'Backup' && state.backup !== null
        ? ` ${isAccepted(state.backup) ? 'read back' : 'proven'} ${timeOfDay(lookedAt(state.backup))}`
        : name === 'Repair' && run !== null && (scene.name === 'step' || scene.name === 'running')
          ? ` ${scene.index + 1}/${run.plan.steps.length}`
          : '';
    const tone: Tone = { done: 'good', current: 'strong', toCome: 'dim' }[progress] as Tone;
    return [
      ...(index === 0 ? [span(' ')] : [span(view.glyphs.link, 'dim')]),
      span(`${view.glyphs[progress]} ${name}${detail}`, tone),
    ];
  });
  return spans;
}

/** What was left out on the way is not done. */
function progressOf(done: boolean, here: boolean): Progress {
  if (done) return 'done';
  return here ? 'current' : 'toCome';
}

type Phase = 'Diagnose' | 'Backup' | 'Repair' | 'Verify' | 'Report';

function phaseOf(state: State): Phase {
  switch (state.scene.name) {
    case 'backup':
    case 'unproven':
      return 'Backup';
    case 'rechecking':
    case 'step':
    case 'running':
      return 'Repair';
    case 'verifying':
    case 'ended':
      return 'Verify';
    case 'leaving':
      return 'Report';
    default:
      return 'Diagnose';
  }
}

/** "14:05" in the operator's own time; ISO 8601 in. */
function timeOfDay(iso: string): string {
  const at = new Date(iso);
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${two(at.getHours())}:${two(at.getMinutes())}`;
}
