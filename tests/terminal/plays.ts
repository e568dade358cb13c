/** A playbook to play: its title, the migration to choose for it (its name may be cut in the middle: how it begins), and what its questions are answered that suggest nothing. */
export interface Play {
  readonly title: string;
  readonly of?: string;
  readonly answer?: string;
  /** For a question with choices where it is not the suggested one: words of the choice. */
  readonly choose?: { readonly question: string; readonly choice: string };
}

/** What to choose where the question is one that the play answers by itself. */
export function choiceFor({ choose }: Play, shown: string): string | null {
  return choose !== undefined && shown.includes(choose.question) ? choose.choice : null;
}

/** The word that a step asks for. */
export function wordToType(shown: string): string | undefined {
  const asked = /Type (?:the database's name, )?(\S+), then Enter/;
  return asked.exec(shown.replaceAll(/\s+/g, ' '))?.[1];
}
