import type { PlanTarget } from '../core/plan.js';
import type { SqlParser } from '../core/sql.js';
import { fileSha } from '../files/edit.js';
import { urlInto } from '../postgres/url.js';
import { isServerAnswer } from '../postgres/statement-error.js';
import { askLeftovers } from '../postgres/write-leftovers.js';
import { checkOnly } from '../postgres/write-check.js';
import { askStillThere, askXactStatus, type Patience } from '../postgres/write-status.js';
import type { World } from './resume-state.js';
import { readerOf } from './step-parts.js';

/** The world as stateOfSteps looks at it: the plan's server, and the migrations folder. */
export function worldOf(options: {
  readonly url: string;
  readonly target: PlanTarget;
  /** The migrations folder, absolute. */
  readonly root: string;
  readonly parser: SqlParser;
  readonly patience?: Patience;
}): World {
  const { url, target, root, parser, patience = { tries: 5, pause: 500 } } = options;
  const from = (at: PlanTarget | undefined) =>
    at === undefined ? { url, target } : { url: urlInto(url, at.database), target: at };
  return {
    xactStatus: (xid, life, at) => askXactStatus({ ...from(at), xid, life, patience }),
    isRunning: (process, at) => askStillThere({ ...from(at), ...process }),
    leftovers: () => askLeftovers(url, target),
    fileSha: (path) => fileSha(root, path),
    async holds(checks, at) {
      const files = readerOf(root);
      try {
        const asked = { ...from(at), checks, files, parser, statementTimeout: 30_000 };
        return (await checkOnly(asked)) === null;
      } catch (error) {
        // What a check asks for may not be there at all (42P01, 42703, 3F000): then it does not hold.
        const { cause } = error as { cause?: unknown };
        const absent = isServerAnswer(cause) && /^(42P01|42703|3F000)$/.test(cause.code ?? '');
        return absent ? false : null;
      }
    },
  };
}
