/**
 * A playbook: what to do about some findings, as a person would write it down. Loaded from
 * YAML and validated in src/files/playbooks.ts; turned into a plan in src/core/build-plan.ts.
 */
export interface Playbook {
  readonly name: string;
  readonly title: string;
  readonly summary: string;
  /** Tools it is for; empty: any. */
  readonly tools: readonly string[];
  /** Finding codes it treats. */
  readonly treats: readonly string[];
  /** Whether the operator names migrations: not at all, or one or more. */
  readonly migrations: 'none' | 'some';
  readonly asks: readonly Question[];
  readonly steps: readonly PlaybookStep[];
  /** File it was read from, for messages: "playbooks/mark-applied.yaml". */
  readonly origin: string;
}

export interface Question {
  readonly id: string;
  readonly question: string;
  /** Answers to choose from, with what each means; null: free text. */
  readonly choices: Readonly<Record<string, string>> | null;
  /** Taken by `plan` when --set does not say; a screen proposes it and still asks. Null: nothing is proposed. */
  readonly suggested: string | null;
  /** Asked only where one of these findings is there; empty: always. Not asked, the suggested answer is taken. */
  readonly ifFound: readonly string[];
  /** Asked only where the evidence leaves this open; null: always. */
  readonly ifOpen: OpenPoint | null;
  /** Whether a screen lets the operator go on without an answer. */
  readonly required: boolean;
}

/**
 * What the evidence may leave open, for the chosen migrations. `present`, `absent`: it does not
 * prove that all, or nothing, of them is there. `outcome`: it proves neither. `unprovable`: ones that leave nothing in the
 * schema stand before one that is there. `place`: at which statement a half-run one stopped. `down`: a
 * file that takes one of them back stands beside it.
 */
export type OpenPoint = 'present' | 'absent' | 'outcome' | 'unprovable' | 'place' | 'down';

interface StepBase {
  readonly id: string;
  readonly title: string;
  readonly text: string;
  /** Answers for which the step is taken; empty: always. */
  readonly when: Readonly<Record<string, string>>;
}

export type PlaybookStep =
  | (StepBase & { readonly kind: 'tell' })
  | (StepBase & { readonly kind: 'command'; readonly command: readonly string[] })
  /** A SELECT and the rows it must give. */
  | (StepBase & {
      readonly kind: 'check-sql';
      readonly sql: string;
      readonly expect: readonly (readonly (string | null)[])[];
    })
  /** The facts are read again and the tool's next run must be what the plan predicts. */
  | (StepBase & { readonly kind: 'check-next-run' })
  | (StepBase & { readonly kind: 'write-journal' })
  | (StepBase & { readonly kind: 'write-mark-applied' })
  | (StepBase & { readonly kind: 'write-mark-unapplied' })
  /** What tells of a failed run is taken away: as applied or not, by the answer `as`. */
  | (StepBase & { readonly kind: 'write-clear-failed' })
  /** The history rows of all that is proven to be there. */
  | (StepBase & { readonly kind: 'write-baseline' })
  /** What of a half-run migration is not done yet, with its history row where it has none. */
  | (StepBase & { readonly kind: 'write-finish' })
  /** A migration that demands values of rows that are there: without NOT NULL, filled, then NOT NULL. */
  | (StepBase & { readonly kind: 'write-backfill' })
  /** A backup into a new database beside the live one. */
  | (StepBase & { readonly kind: 'write-restore' })
  /** The new database takes the live one's name, or the commands for that are told: the answer `swap`. */
  | (StepBase & { readonly kind: 'write-rename-restored' })
  /** What is there of the chosen migrations is taken back, with their history rows. */
  | (StepBase & { readonly kind: 'write-roll-back' })
  /** A migration's own SQL with its history row; for the chosen ones, or for all that the next run would run. */
  | (StepBase & { readonly kind: 'write-migration'; readonly of: 'chosen' | 'next-run' })
  /** Free SQL in one transaction. */
  | (StepBase & {
      readonly kind: 'write-sql';
      readonly sql: string;
      readonly risk: 'reversible' | 'ddl' | 'destructive';
    });

/** The answers a plan rests on: what was said, what is suggested, in the order of the questions. Unknown names are problems. */
export function settleAnswers(
  playbook: Playbook,
  said: Readonly<Record<string, string>>,
): { readonly answers: Readonly<Record<string, string>>; readonly problems: readonly string[] } {
  const answers: Record<string, string> = {};
  const problems: string[] = [];
  for (const ask of playbook.asks) {
    const answer = said[ask.id] ?? ask.suggested ?? '';
    if (ask.choices !== null && !Object.hasOwn(ask.choices, answer)) {
      problems.push(
        `--set ${ask.id}=... takes ${Object.keys(ask.choices).join(' or ')}${answer === '' ? '' : `, not "${answer}"`}.`,
      );
    }
    answers[ask.id] = answer;
  }
  for (const id of Object.keys(said)) {
    if (!playbook.asks.some((ask) => ask.id === id)) {
      const known = playbook.asks.map((ask) => ask.id).join(', ') || 'nothing';
      problems.push(`${playbook.name} does not ask "${id}"; it asks ${known}.`);
    }
  }
  return { answers, problems };
}
