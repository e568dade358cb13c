import { z } from 'zod';

/**
 * The shape of a run log's records, as far as anything rests on it. A line that is valid JSON and
 * not of this shape (a disk's fault, a hand, another version) tells nothing that can be relied on.
 * More keys than these may be there; see core/run-log.ts for what they mean.
 */
const text = z.string();
const texts = z.array(text);
const orNull = <T extends z.ZodType>(shape: T): z.ZodNullable<T> => shape.nullable();
const object = z.looseObject;

const target = object({
  host: text,
  port: z.number(),
  database: text,
  user: text,
  identity: orNull(text),
});
const statement = object({ sql: text, source: orNull(object({ path: text, offset: z.number() })) });
const check = z.discriminatedUnion('type', [
  object({
    type: z.literal('sql'),
    title: text,
    sql: text,
    expect: z.array(z.array(orNull(text))),
  }),
  object({ type: z.literal('file'), title: text, path: text, sha256: orNull(text) }),
  object({
    type: z.literal('schema'),
    title: text,
    objects: z.array(object({ key: text, is: text })),
  }),
  object({ type: z.literal('next-run'), title: text, runs: texts, skips: texts }),
]);
const checks = z.array(check);
const statements = z.array(statement);
const undo = z.discriminatedUnion('type', [
  object({ type: z.literal('sql'), lock: orNull(text), before: checks, statements }),
  object({ type: z.literal('statement'), before: checks, statement, after: checks }),
  object({ type: z.literal('none'), why: text }),
]);
const around = { before: checks, after: checks, undo };
const lock = orNull(text);
const write = z.discriminatedUnion('type', [
  object({ type: z.literal('transaction'), lock, statements, ...around }),
  object({ type: z.literal('statement'), statement, ...around }),
  object({ type: z.literal('batches'), lock, statement, count: text, ...around }),
  object({
    ...{ type: z.literal('restore'), in: target, database: text, working: text, create: statement },
    ...{ backup: object({ path: text, sha256: text }), finish: statements, ...around },
  }),
  object({
    type: z.literal('file'),
    path: text,
    before: orNull(text),
    after: orNull(text),
    afterSha256: orNull(text),
  }),
]);
const undoWrite = z.discriminatedUnion('type', [
  object({ type: z.literal('sql'), write }),
  object({ type: z.literal('file'), path: text, expects: orNull(text), restores: orNull(text) }),
]);

const stepBase = { id: text, title: text, text, risk: text, digest: text };
const step = z.discriminatedUnion('kind', [
  object({ kind: z.literal('tell'), ...stepBase }),
  object({ kind: z.literal('ask'), answer: text, ...stepBase }),
  object({ kind: z.literal('check'), check, ...stepBase }),
  object({ kind: z.literal('write'), write, ...stepBase }),
  object({ kind: z.literal('command'), command: texts, ...stepBase }),
]);
const nextRun = object({
  ...{ runs: texts, skips: texts },
  fails: orNull(object({ migration: orNull(text), message: text })),
});
const plan = object({
  ...{ playbook: text, title: text, target, facts: text, migrations: texts, steps: z.array(step) },
  ...{ answers: z.record(text, text), predicts: nextRun, warnings: texts },
});

const outcome = z.discriminatedUnion('state', [
  object({ state: z.literal('done'), note: text, xid: orNull(text) }),
  object({
    ...{ state: z.literal('failed'), message: text, next: texts },
    detail: orNull(object({ sqlstate: orNull(text) })),
  }),
  object({ state: z.literal('unknown'), message: text, next: texts }),
  object({ state: z.literal('notRun'), why: text }),
]);
const state = object({ state: z.enum(['committed', 'not done', 'unknown']), why: text });
const confirmation = object({ step: text, digest: text, at: text, by: text, typed: orNull(text) });
const returned = z.array(z.record(text, orNull(text)));
const finding = object({
  ...{ code: text, severity: z.enum(['error', 'warning', 'info']), title: text },
  ...{ migrations: texts, evidence: texts, playbooks: texts },
});
const backup = object({
  target: object({ host: text, port: z.number(), database: text, identity: orNull(text) }),
  ...{ path: text, format: text, bytes: z.number(), sha256: text, by: text },
  ...{ tables: z.number(), rows: z.number(), startedAt: text },
});
const setting = object({ name: text, value: text, origin: text });

const at = { at: text, seq: z.int().positive(), prev: text };

export const recordShape = z.discriminatedUnion('type', [
  object({
    type: z.literal('session-started'),
    target,
    settings: z.array(setting),
    version: text,
    ...at,
  }),
  object({
    type: z.literal('diagnosed'),
    findings: z.array(finding),
    nextRun,
    migrations: z.number(),
    ...at,
  }),
  object({
    type: z.literal('backup-proven'),
    backup: backup.extend({ provenAt: text, proof: text }),
    ...at,
  }),
  object({ type: z.literal('backup-read-back'), backup, ...at }),
  object({
    type: z.literal('backup-accepted'),
    backup: backup.extend({ accepted: object({ reason: text, by: text, at: text }) }),
    ...at,
  }),
  object({ type: z.literal('backup-failed'), message: text, ...at }),
  object({ type: z.literal('plan'), plan, ...at }),
  object({
    ...{ type: z.literal('intent'), step: text, digest: text },
    ...{ confirmation: orNull(confirmation), write: orNull(write), ...at },
  }),
  object({ type: z.literal('xid'), step: text, xid: text, life: text, returned, ...at }),
  object({ type: z.literal('sent'), step: text, telling: z.boolean(), ...at }),
  object({ type: z.literal('outcome'), step: text, outcome, returned, ...at }),
  object({
    ...{ type: z.literal('undo-intent'), step: text, digest: text },
    ...{ confirmation, undo: undoWrite, ...at },
  }),
  object({ type: z.literal('undo-outcome'), step: text, outcome, ...at }),
  object({ type: z.literal('took-back'), session: text, step: text, confirmation, outcome, ...at }),
  object({ type: z.literal('resolved'), step: text, state, ...at }),
  object({ type: z.literal('verified'), holds: z.boolean(), notes: texts, ...at }),
  object({ type: z.literal('session-ended'), note: text, ...at }),
]);
