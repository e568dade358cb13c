import { readOnlyWords } from '../../core/session/read-only.js';
import type { PlanScene, State } from '../../core/session/state.js';
import type { Step } from '../../core/plan.js';
import { counted } from '../../core/telling/amounts.js';
import { dumperWords } from '../../core/telling/board-words.js';
import { afterwardsWords, riskWords } from '../../core/telling/step-words.js';
import type { Tone } from '../line.js';
import { blank, line, paragraph, span } from '../line.js';
import type { Body, View } from '../view.js';
import { body } from '../view.js';

/** The plan as a whole, before anything of it is done. */
export function drawPlan(state: State, scene: PlanScene, view: View): Body {
  const { plan } = scene;
  const writes = plan.steps.filter((step) => step.kind === 'write' || step.kind === 'command');
  return body({
    top: [
      line(
        span(` Plan: ${plan.title}`, 'strong'),
        span(
          `   ${counted(plan.steps.length, 'step')}, ${writes.length} of them ${writes.length === 1 ? 'writes' : 'write'}`,
          'dim',
        ),
      ),
    ],
    text: [
      ...(plan.migrations.length === 0
        ? []
        : paragraph(`For: ${plan.migrations.join(', ')}`, view.columns)),
      ...plan.steps.map((step, index) =>
        line(
          span(`${String(index + 1).padStart(3)}  `, 'dim'),
          step.title,
          span(`   ${kindWords(step)}`, riskTone(step)),
        ),
      ),
      blank,
      ...plan.warnings.flatMap((warning) => paragraph(`! ${warning}`, view.columns, 'warn')),
      ...(plan.seen ?? []).flatMap((seen) => paragraph(seen, view.columns)),
      ...afterwardsWords(plan).flatMap((words) => paragraph(words, view.columns)),
    ],
    bottom: [blank, ...paragraph(wayOn(state), view.columns, state.readOnly ? 'warn' : 'accent')],
  });
}

/** What Enter does here. */
function wayOn({ readOnly, backup, diagnosis }: State): string {
  if (readOnly) return `${readOnlyWords} Enter shows each step.`;
  if (backup !== null) {
    return 'Enter reads the facts again and shows the first step; each write is confirmed by itself.';
  }
  const dumper = diagnosis?.facts.surroundings?.dumper ?? null;
  const by = dumper === null ? '' : ` with ${dumperWords(dumper)}`;
  return `Enter takes the backup${by}; nothing is written before it is proven, and each write is confirmed by itself. d shows each step before that.`;
}

function kindWords(step: Step): string {
  switch (step.kind) {
    case 'tell':
      return 'to read';
    case 'ask':
      return 'answered';
    case 'check':
      return 'check';
    case 'write':
      return `write, ${riskWords(step.risk)}`;
    case 'command':
      return `command, ${riskWords(step.risk)}`;
  }
}

export function riskTone(step: Step): Tone {
  const tones = { none: 'dim', reversible: 'good', ddl: 'warn', destructive: 'bad' } as const;
  return tones[step.risk];
}
