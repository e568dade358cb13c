import type { Scene } from '../../core/session/state.js';
import { unprovenQuestion, unprovenWords } from '../../core/telling/backup-words.js';
import { blank, line, paragraph, span } from '../line.js';
import type { Body, View } from '../view.js';
import { body } from '../view.js';
import { typing } from './asking.js';

/** A backup that was read back and not proven: only a reason that is typed leads on. */
export function drawUnproven(scene: Extract<Scene, { name: 'unproven' }>, view: View): Body {
  const words = unprovenWords(scene.backup);
  return body({
    top: [
      line(span(' The backup is read back, and NOT proven', 'warn')),
      blank,
      ...words.flatMap((one) => paragraph(one, view.columns)),
      blank,
      ...paragraph(unprovenQuestion, view.columns, 'strong'),
      blank,
    ],
    text: scene.accepting === null ? typing(view) : [line(span(' Writing it down', 'dim'))],
  });
}
