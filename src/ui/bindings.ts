import type { State } from '../core/session/state.js';
import type { Binding } from './binding.js';
import type { Glyphs } from './glyphs.js';
import type { Local } from './local.js';
import { drill } from './common-keys.js';
import { overlayBindings } from './overlay-keys.js';
import { sceneBindings } from './scene-keys.js';
import { textBindings, textField } from './text-keys.js';

/** All that works here, in the order in which it is shown: what is not among it does nothing. */
export function bindingsFor(state: State, local: Local): readonly Binding[] {
  if (local.overlay !== null) return overlayBindings(state, local.overlay);
  if (textField(state) !== null) return textBindings(state, local);
  const bindings = sceneBindings(state, local);
  return local.coach === null || bindings.length === 0
    ? bindings
    : [drill(local.coach), ...bindings];
}

/** What a key is called in words. */
export function keyWord(name: string): string {
  const words: Readonly<Record<string, string>> = {
    '': 'that key',
    escape: 'esc',
    pageup: 'PgUp',
    pagedown: 'PgDn',
  };
  return words[name] ?? name;
}

/** The keys of a binding as this terminal shows them. */
export function shownKeys({ shown }: Binding, glyphs: Glyphs): string {
  return shown.replace('↑↓', glyphs.upDown);
}
