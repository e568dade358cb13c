/** What became of a question. */
export type Answer<T> =
  | { readonly type: 'answered'; readonly value: T }
  /** The session went on without it. */
  | { readonly type: 'withdrawn' }
  /** No further answer can come. */
  | { readonly type: 'closed' }
  /** Ctrl-C. */
  | { readonly type: 'cancelled' };

export interface Choice {
  readonly value: string;
  readonly name: string;
}

export interface Choosing {
  readonly message: string;
  readonly choices: readonly Choice[];
  /** The value that an empty Enter takes; null: Enter takes none. */
  readonly suggested: string | null;
}

/** Puts questions to the operator: @inquirer on a terminal, numbered lines elsewhere. */
export interface Asker {
  select(question: Choosing, signal: AbortSignal): Promise<Answer<string>>;
  /** One or more of the choices. */
  several(
    question: Omit<Choosing, 'suggested'>,
    signal: AbortSignal,
  ): Promise<Answer<readonly string[]>>;
  input(message: string, signal: AbortSignal): Promise<Answer<string>>;
  close(): void;
}
