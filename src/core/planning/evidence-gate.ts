import type { Diagnosis } from '../diagnosis.js';
import { UserError } from '../errors.js';
import type { MigrationEvidence } from '../evidence/evidence.js';
import type { Check } from '../plan.js';
import type { Playbook } from '../playbook.js';
import { asExpected, seenNow, type Seen } from './object-check.js';

/** What a history row would say of the schema: all of it is there, or nothing of it. */
export type Claim = 'present' | 'absent';

/** For each migration of which the evidence does not carry the claim: what stands against it, one sentence. */
export function gapsIn(
  diagnosis: Diagnosis,
  migrations: readonly string[],
  claim: Claim,
): readonly string[] {
  return migrations.flatMap((id) => gapOf(diagnosis, id, claim) ?? []);
}

function gapOf(diagnosis: Diagnosis, id: string, claim: Claim): string | null {
  const found = diagnosis.evidence?.migrations.get(id);
  if (found === undefined) return `it is not known what ${id} did: ${whyNoEvidence(diagnosis)}`;
  if (found.ambiguous.length > 0) {
    return `${id} can be explained in more than one way: ${found.ambiguous.join('; or ')}`;
  }
  const changed = claim === 'present' ? changedSince(diagnosis, id) : null;
  if (changed !== null) return changed;
  const proven = claim === 'present' ? ['present', 'superseded'] : ['absent'];
  if (proven.includes(found.schema)) return null;
  switch (found.schema) {
    case 'partial':
    case 'absent':
      return claim === 'present'
        ? `${id} lacks ${lacksWords(found)}`
        : `a part of ${id} is there: ${doneWords(found)}`;
    case 'present':
      return `${id} is there: ${doneWords(found)}`;
    case 'superseded':
      return `what ${id} made was changed by later migrations, and that is there`;
    case 'unprovable':
      return `${id} leaves nothing in the schema that would show it (${labelsOf(found)})`;
    case 'unknown':
      return `it is not known what ${id} did: ${found.why ?? 'the sandbox could not run it'}`;
  }
}

/** Something of that name stands otherwise than it was left: whether this made it is not proven. */
function changedSince({ evidence }: Diagnosis, id: string): string | null {
  const found = evidence?.drift.find(
    ({ type, migration }) => type === 'changed' && migration === id,
  );
  if (found === undefined) return null;
  const { key, found: is, expected } = found;
  return `${key} is not as ${id} leaves it: found ${is ?? 'it'}; should be ${expected ?? 'gone'}`;
}

/** One sentence; for `evidence: null`, and for a migration that it does not speak of. */
export function whyNoEvidence({ facts, evidence }: Diagnosis): string {
  if (evidence !== null) return 'it was not replayed, since its file is gone';
  return facts.schema.state === 'failed' ? facts.schema.reason : 'the schema was not looked at';
}

/** "table public.x (statement 2), index public.i (statement 3)". */
export function lacksWords({ lacks, statements, stoppedAt }: MigrationEvidence): string {
  const words = lacks.map((key) => {
    const maker = statements.find(
      ({ objects, state }) => state !== 'done' && objects.includes(key.replace(/^drop of /, '')),
    );
    return maker === undefined ? key : `${key} (statement ${maker.number})`;
  });
  const list = words.length > 5 ? [...words.slice(0, 4), `${words.length - 4} more`] : words;
  if (list.length > 0) return list.join(', ');
  const open = statements.filter(({ state }) => state === 'not done' || state === 'changed');
  if (open.length === 0) return stoppedAt ?? 'some of what it makes';
  return open
    .slice(0, 4)
    .map(({ number, label }) => `statement ${number} (${label})`)
    .join(', ');
}

/** What of it is there, by its statements that are done. */
export function doneWords({ statements, schema }: MigrationEvidence): string {
  const done = statements.filter(({ state }) => state === 'done');
  const keys = [...new Set(done.flatMap(({ objects }) => objects))];
  if (keys.length === 0) return schema === 'present' ? 'all of it' : 'some of its statements';
  return keys.length > 4
    ? `${keys.slice(0, 3).join(', ')} and ${keys.length - 3} more`
    : keys.join(', ');
}

function labelsOf({ statements }: MigrationEvidence): string {
  return [...new Set(statements.map(({ label }) => label))].join(', ') || 'no statement';
}

/**
 * Lets a claim through that the evidence carries, or for which the operator gives a reason.
 * Returns what stands against it, to be shown as warnings.
 * @throws UserError naming for each migration what is missing
 */
export function demandEvidence(
  diagnosis: Diagnosis,
  playbook: Playbook,
  migrations: readonly string[],
  claim: Claim,
  reason: string,
): readonly string[] {
  const gaps = gapsIn(diagnosis, migrations, claim);
  if (gaps.length > 0 && reason.trim() === '') {
    const what = claim === 'present' ? 'all of it is there' : 'nothing of it is there';
    throw new UserError(`There is no evidence that ${what}: ${gaps.join('. ')}.`, [
      ...remedies(diagnosis, migrations, claim),
      `If you know better, say how: pgmedic plan ${playbook.name} ${migrations.join(' ')} --set reason="..."`,
    ]);
  }
  return gaps.map((gap) => `Against the evidence: ${gap}.`);
}

function remedies(
  { evidence }: Diagnosis,
  migrations: readonly string[],
  claim: Claim,
): readonly string[] {
  const states = new Set(migrations.map((id) => evidence?.migrations.get(id)?.schema));
  return [
    ...(states.has('partial') ? ['Finish what is half there: pgmedic plan finish-partial'] : []),
    ...(claim === 'present' && states.has('absent')
      ? ['Run what is not there: pgmedic plan apply-manually']
      : []),
  ];
}

/** What the evidence says for a migration, for the step's text. */
export function provenLines(diagnosis: Diagnosis, id: string): readonly string[] {
  const found = diagnosis.evidence?.migrations.get(id);
  if (found === undefined) return [];
  const unseen = found.statements.filter(({ state }) => state === 'unprovable');
  const lines: string[] = [];
  if (found.schema === 'present')
    lines.push(`Evidence: ${doneWords(found)} as the migration leaves it.`);
  if (found.schema === 'superseded')
    lines.push('Evidence: later migrations changed what it made, and that is there.');
  if (found.schema === 'absent') lines.push('Evidence: nothing of it is there.');
  if (unseen.length > 0) {
    const names = unseen.slice(0, 4).map(({ number, label }) => `statement ${number} (${label})`);
    lines.push(
      `Whether ${names.join(', ')}${unseen.length > 4 ? ' and more' : ''} ran cannot be proven: it leaves nothing in the schema.`,
    );
  }
  return lines;
}

/** The live catalog as the plan sees it; null where it was not read. */
export function seenOf({ facts }: Diagnosis): Seen | null {
  if (facts.schema.state !== 'read') return null;
  return new Map(facts.schema.catalog.map((object) => [object.key, object]));
}

/** That what the migration touches still stands as the plan saw it. */
export function asSeenCheck(diagnosis: Diagnosis, id: string): readonly Check[] {
  const seen = seenOf(diagnosis);
  const found = diagnosis.evidence?.migrations.get(id);
  if (seen === null || found === undefined) return [];
  const keys = found.statements.flatMap(({ objects }) => objects);
  const check = asExpected(seenNow(keys, seen));
  return check === null ? [] : [check];
}
