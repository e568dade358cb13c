import type { Wish } from '../core/session/events.js';
import { orderedPlaybooks, recommend } from '../core/session/recommend.js';
import type { LogEntry } from '../core/session/log-entry.js';
import type { PlanScene, Scene, State } from '../core/session/state.js';
import { currentStep } from '../core/session/step-moves.js';
import { unprovenQuestion } from '../core/telling/backup-words.js';
import { confirmWords } from '../core/telling/step-words.js';
import type { Choice } from './ask.js';
import { type Entry, menu, showLog } from './menu.js';
import { allStepLines, detailLines, logText } from './tell-more.js';
import { aboutSession, afterResume, whichSession } from './sessions-questions.js';
import { whichOne, whichOnes } from './which.js';

/** What an answer leads to: a wish, the same question again with a word why, or one more question. */
export type Taken =
  | { readonly wish: Wish }
  | { readonly again: string }
  /** Something to read; then the same is asked as before. */
  | { readonly tell: (log: readonly LogEntry[]) => readonly string[] }
  | { readonly ask: Question };

export type Question =
  | {
      readonly type: 'select';
      readonly message: string;
      readonly choices: readonly Choice[];
      readonly suggested: string | null;
      readonly take: (value: string, at: number) => Taken;
    }
  | {
      readonly type: 'several';
      readonly message: string;
      readonly choices: readonly Choice[];
      readonly take: (values: readonly string[], at: number) => Taken;
    }
  | {
      readonly type: 'input';
      readonly message: string;
      readonly take: (text: string, at: number) => Taken;
    };

/** What is asked in this state; null while something runs and nothing is to be decided. */
export function questionFor(state: State): Question | null {
  const { scene } = state;
  switch (scene.name) {
    case 'cannot-look':
      return menu('What now?', [
        ['reread', 'Try again', (at) => ({ type: 'reread', at })],
        ['leave', 'Leave', () => ({ type: 'leave' })],
      ]);
    case 'board':
    case 'findings':
    case 'playbooks':
      return boardMenu(state);
    case 'sessions':
      return whichSession(scene);
    case 'session':
      return aboutSession(scene);
    case 'resume':
      return afterResume(scene);
    case 'asking':
      return playbookQuestion(scene);
    case 'plan':
      return planMenu(state, scene);
    case 'unproven':
      return scene.accepting === null ? unprovenAsked() : null;
    case 'step':
      return stepQuestion(state);
    case 'ended':
      return menu('What now?', [
        ['board', 'Back to the board', (at) => ({ type: 'enter', at })],
        ['leave', 'Write the report and leave', () => ({ type: 'leave' })],
        showLog,
      ]);
    default:
      return null;
  }
}

function planMenu(state: State, { plan }: PlanScene): Question {
  const go: Entry = [
    'go',
    state.backup === null
      ? 'Take the backup, then show the first step (nothing is written yet)'
      : 'Read the facts again and show the first step (nothing is written yet)',
    (at) => ({ type: 'enter', at }),
  ];
  const entries: readonly Entry[] = [
    ['back', 'Back to the board', (at) => ({ type: 'back', at })],
    ['leave', 'Leave', () => ({ type: 'leave' })],
    ['steps', 'Show every step with its SQL', () => ({ tell: () => allStepLines(state, plan) })],
    showLog,
  ];
  // Nothing can be written: there is nothing to go on to.
  return state.readOnly
    ? menu('READ-ONLY: this plan can be looked at.', entries, 'steps')
    : menu('Go on with this plan?', [go, ...entries], 'go');
}

function boardMenu(state: State): Question | null {
  const { diagnosis } = state;
  // A number must not change its meaning: nothing is asked before all choices are there.
  if (diagnosis === null || state.playbooks.length === 0) return null;
  if (state.weighing.state === 'working') return null;
  const playbooks = orderedPlaybooks(state.playbooks, diagnosis);
  const first = recommend(playbooks, diagnosis)?.playbook;
  const choose = (name: string, migrations: readonly string[], at: number): Wish => ({
    type: 'choose-playbook',
    name,
    migrations,
    answers: {},
    askNothing: false,
    at,
  });
  return {
    type: 'select',
    message: 'What now?',
    choices: [
      ...playbooks.map((one) => ({
        value: one.name,
        name: one === first ? `${one.title} (recommended)` : one.title,
      })),
      { value: ':details', name: 'Details of a migration' },
      { value: ':log', name: 'Show every command and SQL that was run so far' },
      { value: ':backup', name: 'Take a backup' },
      { value: ':reread', name: 'Read again' },
      { value: ':sessions', name: 'Earlier sessions: reports, resume, undo' },
      { value: ':leave', name: 'Leave' },
    ],
    suggested: first?.name ?? null,
    take: (value, at) => {
      if (value === ':details') {
        return { ask: whichOne(diagnosis, (id) => ({ tell: () => detailLines(diagnosis, id) })) };
      }
      if (value === ':log') return { tell: logText };
      if (value === ':backup') return { wish: { type: 'take-backup', at } };
      if (value === ':reread') return { wish: { type: 'reread', at } };
      if (value === ':sessions') return { wish: { type: 'show-sessions' } };
      if (value === ':leave') return { wish: { type: 'leave' } };
      const playbook = playbooks.find((one) => one.name === value);
      if (playbook === undefined) return { again: 'Choose one of the list.' };
      if (playbook.migrations === 'none') return { wish: choose(value, [], at) };
      const message = `${playbook.title}: for which migrations?`;
      return {
        ask: whichOnes(diagnosis, message, (ids, later) => ({ wish: choose(value, ids, later) })),
      };
    },
  };
}

function playbookQuestion(scene: Extract<Scene, { name: 'asking' }>): Question | null {
  const question = scene.asks[scene.index];
  if (question === undefined) return null;
  const answer = (value: string): Taken => ({ wish: { type: 'answer', value } });
  const { choices, suggested } = question;
  if (choices === null) {
    const proposed = suggested === null ? '' : ` (Enter: ${suggested})`;
    return {
      type: 'input',
      message: question.question + proposed,
      take: (text) => answer(text === '' ? (suggested ?? '') : text),
    };
  }
  return {
    type: 'select',
    message: question.question,
    choices: Object.entries(choices).map(([value, means]) => ({
      value,
      name: `${value}: ${means}`,
    })),
    suggested,
    take: (value) => (value === '' ? { again: 'Choose one of the list.' } : answer(value)),
  };
}

function unprovenAsked(): Question {
  return {
    type: 'input',
    message: unprovenQuestion,
    take: (text, at) => ({
      wish: text === '' ? { type: 'back', at } : { type: 'accept-read-back', reason: text, at },
    }),
  };
}

function stepQuestion(state: State): Question | null {
  const now = currentStep(state);
  if (now === null) return null;
  const { step, plan } = now;
  const words = confirmWords(step, plan);
  const confirmed = (typed: string | null, at: number): Taken => ({
    wish: { type: 'confirm', step: step.id, digest: step.digest, typed, by: 'prompt', at },
  });
  const message =
    words.by === 'enter'
      ? `${words.words} n stops here, q leaves:`
      : `${words.words}; n stops here, q leaves:`;
  return {
    type: 'input',
    message,
    take: (text, at) => {
      // The word comes first: a database may be called n.
      if (words.by === 'word' && text === words.word) return confirmed(text, at);
      if (text === 'n') return { wish: { type: 'back', at } };
      if (text === 'q') return { wish: { type: 'leave' } };
      if (words.by === 'enter') {
        return text === '' ? { wish: { type: 'enter', at } } : { again: 'Enter, n or q.' };
      }
      if (text === '') return { again: 'Enter is not a yes.' };
      if (words.by === 'key') {
        return text === 'y' ? confirmed(null, at) : { again: 'Answer with y, n or q.' };
      }
      return confirmed(text, at);
    },
  };
}
