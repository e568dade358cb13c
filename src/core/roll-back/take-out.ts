import type { Undigested } from '../digest.js';
import { UserError } from '../errors.js';
import type { StepRequest } from '../planning/draft-step.js';
import type { Draft } from '../planning/draft.js';
import { withFolder } from '../planning/draft.js';
import type { Drafted, Words } from '../planning/history-steps.js';

/**
 * The migrations out of the project as well: the journal first, so that at no time it lists what is not there.
 * @throws UserError where the tool's own chain of files would break
 */
export function takeOut(
  { tool, chosen, sha256 }: StepRequest,
  draft: Draft,
  snapshots: Readonly<Record<string, string>>,
  words: Words,
): Drafted {
  const ids = chosen.map(({ id }) => id);
  const without = tool.forget?.(draft.folder, ids) ?? null;
  if (without === null || !without.ok) {
    throw new UserError(
      `${ids.join(', ')} cannot be taken out of the project: ${without?.why ?? `${tool.title} keeps no list of migrations`}.`,
      ['Leave it there, to be applied again: --set project=keep'],
    );
  }
  const shas: Readonly<Record<string, string>> = {
    ...snapshots,
    ...Object.fromEntries(
      chosen.flatMap(({ file, down }) =>
        [file, down ?? null].flatMap((one) => (one === null ? [] : [[one.path, one.sha256]])),
      ),
    ),
  };
  const { journal, files } = without;
  const steps: Undigested[] = [
    ...(journal === null
      ? []
      : [
          edit(words, journal.path, `without ${ids.join(', ')}`, {
            before: journal.before,
            after: journal.after,
            afterSha256: sha256(journal.after),
          }),
        ]),
    ...files.map((path) =>
      edit(words, path, 'removed', { before: shas[path] ?? '', after: null, afterSha256: null }),
    ),
  ];
  return { steps, draft: withFolder(draft, without.folder) };
}

function edit(
  words: Words,
  path: string,
  what: string,
  write: {
    readonly before: string;
    readonly after: string | null;
    readonly afterSha256: string | null;
  },
): Undigested {
  return {
    kind: 'write',
    id: `${words.id}:${path}`,
    title: `Out of the project: ${path}, ${what}`,
    text: 'The original bytes are kept; pgmedic undo puts them back. Commit the change, or the next deploy brings it again.',
    risk: 'reversible',
    write: { type: 'file', path, ...write },
  };
}
