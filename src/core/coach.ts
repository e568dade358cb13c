/** Stands beside the session in a drill: has the page, the goal, and hints that are asked for one by one. */
export interface Coach {
  /** The message that woke you, a few lines. */
  readonly page: string;
  readonly goal: string;
  /** From general to exact. */
  readonly hints: readonly string[];
  /** How many of them have been asked for. */
  given(): number;
  /** Gives one more; nothing where there is none left. */
  giveNext(): void;
}

/** "Hint 2 of 4: ...", those that were given. */
export function givenHints(coach: Coach): readonly string[] {
  const { hints } = coach;
  return hints
    .slice(0, coach.given())
    .map((hint, index) => `Hint ${index + 1} of ${hints.length}: ${hint}`);
}

/** "2 of 4 hints are left". */
export function hintsLeft(coach: Coach): string {
  const left = coach.hints.length - coach.given();
  if (left === 0) return 'no hint is left';
  return `${left} of ${coach.hints.length} hints ${left === 1 ? 'is' : 'are'} left`;
}
