import fc from 'fast-check';
import type { State } from '../../src/core/session/state.js';
import { confirmWord, currentStep, needsConfirmation } from '../../src/core/session/step-moves.js';
import type { Key } from '../../src/ui/keys.js';
import { textField } from '../../src/ui/text-keys.js';
import type { Local } from '../../src/ui/local.js';

/** One chunk as Ink hands it on: a key, several that came at once, or a paste. */
export interface Pressed {
  readonly input: string;
  readonly key: Key;
}

const plain: Key = {
  ...{ leftArrow: false, rightArrow: false, tab: false },
  ...{ upArrow: false, downArrow: false, pageUp: false, pageDown: false, home: false, end: false },
  ...{ return: false, escape: false, ctrl: false, meta: false, backspace: false, delete: false },
};
const press = (input: string, key: Partial<Key> = {}): Pressed => ({
  input,
  key: { ...plain, ...key },
});
const enter = press('\r', { return: true });

/** What a person would press who wants to get to the end of the plan. */
function wanted(state: State, local: Local): Pressed {
  const now = currentStep(state);
  if (local.overlay !== null) return press('', { escape: true });
  if (state.scene.name === 'asking') {
    const free = textField(state) === 'answer';
    if (free && local.typed === '') return press('x');
    return !free && local.choice < 0 ? press('', { downArrow: true }) : enter;
  }
  if (now === null || state.scene.name !== 'step' || !needsConfirmation(now.step)) return enter;
  const word = confirmWord(now.step, now.plan);
  if (word === null) return press('y');
  if (local.typed === word) return enter;
  return word.startsWith(local.typed)
    ? press(word.slice(local.typed.length))
    : press('u', { ctrl: true });
}

const special: readonly Pressed[] = (Object.keys(plain) as (keyof Key)[]).map((name) =>
  press(name === 'ctrl' || name === 'meta' ? 'y' : '', { [name]: true }),
);

/** Any key in any state; mostly one that leads on. */
export const anyKey: fc.Arbitrary<(state: State, local: Local) => Pressed> = fc.oneof(
  { weight: 12, arbitrary: fc.constant(wanted) },
  {
    weight: 4,
    arbitrary: fc
      .constantFrom('y', 'y', 'n', 'q', 'j', 'k', 'f', 'p', 'b', 'r', '?', ' ', '\n', '\u0003')
      .map((input) => () => press(input)),
  },
  { weight: 3, arbitrary: fc.constantFrom(enter, ...special).map((one) => () => one) },
  // Pasted, or typed so fast that it came at once; with an Enter in it, or with the Enter's flag on it.
  {
    weight: 2,
    arbitrary: fc
      .tuple(
        fc.constantFrom('yy', 'y\r', 'y\n', '\ry', 'apply\r', 'apply', 'shop\n', 'shop', 'yjjk\r'),
        fc.constantFrom({}, {}, { return: true }, { meta: true }, { ctrl: true }),
      )
      .map(
        ([input, key]) =>
          () =>
            press(input, key),
      ),
  },
  { weight: 1, arbitrary: fc.string({ unit: 'binary' }).map((input) => () => press(input)) },
);
