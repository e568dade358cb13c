import type { Coach } from '../core/coach.js';
import { givenHints, hintsLeft } from '../core/coach.js';
import type { Answer, Asker } from './ask.js';

/** What the coach of a drill says at the start, and when it is asked again. */
function briefing({ page, goal }: Coach): string {
  return `\n${page}\n\nGoal: ${goal}\n\nAt any question: \`hint\` gives a hint, \`page\` reads this again.\n`;
}

/** Asks as `asker` does, and takes the words `hint` and `page` besides: they are no answer, and it asks again. */
export function coachedAsker(asker: Asker, coach: Coach, print: (text: string) => void): Asker {
  print(briefing(coach));
  const words: Readonly<Record<string, () => string>> = {
    hint: () => {
      if (coach.given() === coach.hints.length) return 'There is no further hint.';
      coach.giveNext();
      return givenHints(coach).at(-1) ?? '';
    },
    page: () => briefing(coach),
  };
  const until = async (ask: () => Promise<Answer<string>>): Promise<Answer<string>> => {
    for (;;) {
      const answer = await ask();
      const word = answer.type === 'answered' ? words[answer.value.trim()] : undefined;
      if (word === undefined) return answer;
      print(word());
    }
  };
  return {
    ...asker,
    select: (question, signal) =>
      until(() => {
        const choices = [
          ...question.choices,
          { value: 'hint', name: `hint: of the drill; ${hintsLeft(coach)}` },
          { value: 'page', name: 'page: read the page of the drill again' },
        ];
        return asker.select({ ...question, choices }, signal);
      }),
    input: (message, signal) => until(() => asker.input(message, signal)),
  };
}
