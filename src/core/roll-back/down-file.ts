import type { Diagnosis } from '../diagnosis.js';
import { UserError } from '../errors.js';
import type { SqlParser } from '../sql.js';
import { sourceOffset, type ToolRules } from '../tool.js';
import type { RolledBack, RollBackStatement } from './roll-back.js';

/**
 * The statements of the down files or parts, of the newest migration first.
 * @throws UserError where there is none, it does not parse, or it cannot be in one transaction
 */
export function downStatements(
  { facts }: Diagnosis,
  migrations: readonly RolledBack[],
  tool: Pick<ToolRules, 'downPlace'>,
  parser: SqlParser,
): readonly RollBackStatement[] {
  return migrations.flatMap(({ id }) => {
    const file = facts.folder.migrations.find((one) => one.id === id)?.down ?? null;
    if (file === null) {
      throw new UserError(`There is no SQL of its own that takes ${id} back.`, [
        `Write it: ${tool.downPlace(id)}. Or take what is computed: --set way=computed`,
      ]);
    }
    const split = parser.split(file.text);
    if (!split.ok) throw new UserError(`${file.path} does not parse: ${split.message}.`);
    return split.statements.map(({ text, offset, kind, label }): RollBackStatement => {
      if (kind !== 'ordinary') {
        throw new UserError(
          `${file.path} has ${label}, which cannot be in the transaction of the roll back.`,
          ['Take it out of the file; everything is done in one transaction anyway.'],
        );
      }
      return {
        sql: text,
        source: {
          path: file.path,
          offset: sourceOffset({ ...file, offset: file.offset ?? 0 }, offset),
        },
        undoes: null,
      };
    });
  });
}
