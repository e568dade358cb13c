import type { CatalogObject } from '../catalog.js';
import type { Diagnosis } from '../diagnosis.js';
import { describeParts } from '../evidence/show-parts.js';
import type { Change } from '../replay.js';
import { redactText } from '../redact.js';
import type { DetailRow } from './details.js';

/** The timeline of each object that a migration touches: every statement that changed it, and how it is now. */
export function objectLines({ facts, evidence }: Diagnosis, id: string): readonly DetailRow[] {
  const { schema } = facts;
  if (schema.state !== 'read') return [];
  const { migrations, base } = schema.replay;
  const own = migrations.find((one) => one.id === id);
  if (own === undefined) return [];
  const keys = new Set(own.statements.flatMap(({ changes }) => changes.map(keyOf)));
  const told = new Map<string, DetailRow[]>([...keys].map((key) => [key, []]));
  const tell = (key: string, text: string): void => {
    told.get(key)?.push({ type: 'told', mark: null, text: redactText(`  ${text}`) });
  };
  for (const object of base) tell(object.key, `before the first migration: ${definition(object)}`);
  for (const migration of migrations) {
    for (const { number, changes } of migration.statements) {
      for (const change of changes) {
        const what = change.type === 'drop' ? 'dropped' : definition(change.object);
        tell(keyOf(change), `${migration.id} statement ${number}: ${what}`);
      }
    }
  }
  const live = new Map(schema.catalog.map((object) => [object.key, object]));
  const drift = new Map(evidence?.drift.map((one) => [one.key, one.type]) ?? []);
  return [...keys].flatMap((key): readonly DetailRow[] => {
    const object = live.get(key);
    const drifted = drift.get(key) === 'changed' ? ', which no migration makes' : '';
    const now = object === undefined ? 'not there' : `there, ${definition(object)}${drifted}`;
    return [
      { type: 'told', mark: null, text: redactText(key) },
      ...(told.get(key) ?? []),
      {
        type: 'told',
        mark: object === undefined ? 'no' : 'yes',
        text: redactText(`  now: ${now}`),
      },
    ];
  });
}

function keyOf(change: Change): string {
  return change.type === 'set' ? change.object.key : change.key;
}

/** "varchar(50) NOT NULL"; of what has no parts, that it is made. */
function definition({ kind, parts }: CatalogObject): string {
  return describeParts(kind, parts) || `a ${kind}`;
}
