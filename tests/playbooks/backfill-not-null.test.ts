import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { recovering, states, type Recovering } from './session.js';
import { deepTest } from '../support/deep-test.js';
import { base, entriesOf, openShop, sqlFiles, type Shop } from './shop.js';

let shop: Shop;
let session: Recovering;
beforeAll(async () => {
  shop = await openShop();
  session = await recovering(shop);
});
afterAll(async () => {
  await session.close();
  await shop.close();
});

/** Incident 000: media without an owner, and a migration that demands one. */
const id = '0002_media_owner';
const owner = `ALTER TABLE "media" ADD COLUMN "created_by_id" integer NOT NULL;
--> statement-breakpoint
ALTER TABLE "media" ADD CONSTRAINT "media_created_by_id_users_id_fk" FOREIGN KEY ("created_by_id") REFERENCES "public"."users"("id") ON DELETE restrict ON UPDATE no action;
--> statement-breakpoint
CREATE INDEX "media_created_by_id_idx" ON "media" ("created_by_id");`;
const first = '(SELECT id FROM users ORDER BY id LIMIT 1)';

beforeEach(async () => {
  await shop.reset();
  await shop.client.query(
    `CREATE TABLE "media" ("id" serial PRIMARY KEY, "file" text); INSERT INTO media (file) SELECT 'f' || n FROM generate_series(1, 25) n`,
  );
  await pending(owner);
});

async function pending(sql: string): Promise<void> {
  await shop.put(sqlFiles({ [id]: sql }));
  await shop.list(entriesOf([...Object.keys(base), id]));
}

const play = (answers: Readonly<Record<string, string>>, targetName?: string) =>
  session.play('backfill-not-null', {
    migrations: [id],
    answers,
    ...(targetName !== undefined && { targetName }),
  });

const nullable = `SELECT attnotnull FROM pg_attribute WHERE attrelid = 'media'::regclass AND attname = 'created_by_id'`;

test('filled in batches by the rule, then NOT NULL, the rest and the row; the migrator agrees', async () => {
  expect((await shop.migrate()).error?.sqlstate).toBe('23502');
  const recovery = await play({ rule: first, batch: '10' });
  expect(states(recovery)).toEqual({
    hold: 'done',
    [`backfill-rule:${id}`]: 'done',
    [`backfill-refers:${id}`]: 'done',
    [`backfill-add:${id}`]: 'done',
    [`backfill-fill:${id}`]: 'done',
    [`backfill:${id}`]: 'done',
    agree: 'done',
  });
  expect(recovery.outcomes[`backfill-fill:${id}`]).toMatchObject({ note: '25 rows in 3 batches' });
  expect(await shop.one('SELECT count(*) FROM media WHERE created_by_id = 1')).toBe('25');
  expect(await shop.one(nullable)).toBe('true');
  expect(await shop.one(`SELECT to_regclass('media_created_by_id_idx')`)).not.toBeNull();
  expect(await shop.migrate()).toEqual({ wrote: [], error: null, tableThere: true });
  const batches = (await session.records()).filter(
    (record) => record.type === 'xid' && record.step === `backfill-fill:${id}`,
  );
  expect(new Set(batches.map((record) => record.type === 'xid' && record.xid)).size).toBe(4);
  await expect(session.undo(`backfill-fill:${id}`)).rejects.toThrow('DROP COLUMN');
});

deepTest('a rule that gives nothing, with no user, stops before anything is written', async () => {
  await shop.client.query('TRUNCATE orders, users');
  const database = await shop.database();
  const { outcomes } = await play({ rule: first });
  expect(outcomes).toMatchObject({
    [`backfill-rule:${id}`]: {
      state: 'failed',
      message: expect.stringMatching(/no-value=nullable or no-value=delete.*found 25/) as string,
    },
    [`backfill-add:${id}`]: { state: 'notRun' },
  });
  expect(await shop.database()).toBe(database);

  const leave = await play({ rule: first, 'no-value': 'nullable' });
  expect(leave.plan?.warnings.join('\n')).toContain('will take NULL, though the file');
  expect(leave.end).toEqual({ end: 'ran' });
  expect(await shop.one(nullable)).toBe('false');
  expect(await shop.migrate()).toEqual({ wrote: [], error: null, tableThere: true });
});

deepTest('rows without a value can be deleted, with the database’s name typed', async () => {
  const rule = 'CASE WHEN id <= 20 THEN 2 END';
  const name = await shop.one('SELECT current_database()');
  const refused = await play({ rule, 'no-value': 'delete' });
  expect(states(refused)[`backfill-delete:${id}`]).not.toBe('done');
  expect(await shop.one('SELECT count(*) FROM media')).toBe('25');
  // The column is there and filled by now: the second plan goes on from there.
  const recovery = await play({ rule, 'no-value': 'delete' }, name ?? '');
  expect(states(recovery)).toMatchObject({
    [`backfill-fill:${id}`]: 'done',
    [`backfill-delete:${id}`]: 'done',
    [`backfill:${id}`]: 'done',
  });
  expect(await shop.one('SELECT count(*) FROM media WHERE created_by_id = 2')).toBe('20');
  expect(await shop.one('SELECT count(*) FROM media')).toBe('20');
  expect(await shop.migrate()).toEqual({ wrote: [], error: null, tableThere: true });
});

deepTest('a value that is no user is found before anything is written', async () => {
  const database = await shop.database();
  const { outcomes } = await play({ rule: '4711' });
  expect(outcomes[`backfill-refers:${id}`]).toMatchObject({ state: 'failed' });
  expect(await shop.database()).toBe(database);
});

deepTest(
  'a batch that fails leaves those before it, and the next plan goes on with the rest',
  async () => {
    await shop.client.query(`
    CREATE FUNCTION stop() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN IF NEW.id = 15 THEN RAISE 'not this one'; END IF; RETURN NEW; END $$;
    CREATE TRIGGER stop BEFORE UPDATE ON media FOR EACH ROW EXECUTE FUNCTION stop()`);
    const { outcomes } = await play({ rule: first, batch: '10' });
    expect(outcomes[`backfill-fill:${id}`]).toMatchObject({
      state: 'failed',
      message: expect.stringMatching(
        /^10 rows in 1 batch, which stay\. Then: not this one/,
      ) as string,
    });
    expect(await shop.one('SELECT count(created_by_id) FROM media')).toBe('10');
    expect(await shop.nextRun()).toMatchObject({ runs: [id] });
    await shop.client.query('DROP TRIGGER stop ON media');
    const again = await play({ rule: first, batch: '10' });
    expect(states(again)).toMatchObject({
      [`backfill-fill:${id}`]: 'done',
      [`backfill:${id}`]: 'done',
    });
    expect(again.outcomes[`backfill-fill:${id}`]).toMatchObject({ note: '15 rows in 2 batches' });
    expect(await shop.migrate()).toEqual({ wrote: [], error: null, tableThere: true });
  },
);

deepTest(
  'a row that comes in without a value meanwhile is filled by the next plan, which goes on from there',
  async () => {
    const { outcomes } = await session.play('backfill-not-null', {
      migrations: [id],
      answers: { rule: first },
      confirm: [`backfill-add:${id}`, `backfill-fill:${id}`],
    });
    expect(outcomes[`backfill-fill:${id}`]).toMatchObject({ state: 'done' });
    await shop.client.query(`INSERT INTO media (file) VALUES ('late')`);
    const again = await play({ rule: first });
    expect(again.outcomes[`backfill-fill:${id}`]).toMatchObject({ note: '1 row in 1 batch' });
    expect(await shop.migrate()).toEqual({ wrote: [], error: null, tableThere: true });
  },
);

deepTest(
  'the undo of adding refuses while something stands in the column, and drops it while it is empty',
  async () => {
    const add = { migrations: [id], answers: { rule: first }, confirm: [`backfill-add:${id}`] };
    await session.play('backfill-not-null', add);
    await shop.client.query('UPDATE media SET created_by_id = 1 WHERE id = 1');
    expect(await session.undo(`backfill-add:${id}`)).toMatchObject({
      state: 'failed',
      message: expect.stringContaining('nothing stands in created_by_id') as string,
    });
    expect(await shop.one('SELECT count(created_by_id) FROM media')).toBe('1');
    await shop.client.query('UPDATE media SET created_by_id = NULL');
    expect(await session.undo(`backfill-add:${id}`)).toMatchObject({ state: 'done' });
    expect(await shop.one(nullable)).toBeNull();
  },
);

test('SET NOT NULL behind the migration’s own, incomplete UPDATE: as in the incident', async () => {
  await pending(`ALTER TABLE "media" ADD COLUMN "created_by_id" integer;
--> statement-breakpoint
UPDATE "media" SET "created_by_id" = 2 WHERE "id" < 10;
--> statement-breakpoint
ALTER TABLE "media" ALTER COLUMN "created_by_id" SET NOT NULL;
--> statement-breakpoint
ALTER TABLE "media" ADD CONSTRAINT "media_fk" FOREIGN KEY ("created_by_id") REFERENCES "users"("id") ON DELETE restrict;`);
  expect((await shop.migrate()).error?.sqlstate).toBe('23502');
  const recovery = await play({ rule: '1', 'on-delete': 'cascade', 'no-value': 'nullable' });
  expect(recovery.end).toEqual({ end: 'ran' });
  expect(await shop.one('SELECT count(*) FROM media WHERE created_by_id = 2')).toBe('9');
  expect(await shop.one(`SELECT confdeltype FROM pg_constraint WHERE conname = 'media_fk'`)).toBe(
    'c',
  );
  expect(await shop.one(nullable)).toBe('false');
});

deepTest(
  'a table without a schema in the file is the one that the live search_path gives',
  async () => {
    const name = await shop.one('SELECT current_database()');
    // The same name in public, with the column that the other lacks.
    await shop.client.query(`CREATE SCHEMA app; CREATE TABLE app.media (id serial PRIMARY KEY);
    INSERT INTO app.media SELECT FROM generate_series(1, 3); ALTER TABLE media ADD "createdBy" int;
    ANALYZE app.media; ALTER DATABASE "${name}" SET search_path = app, public`);
    try {
      await pending('ALTER TABLE "media" ADD COLUMN "createdBy" integer NOT NULL;');
      const { plan, ...recovery } = await play({ rule: '1' });
      expect(recovery.end).toEqual({ end: 'ran' });
      const fill = plan?.steps.find((step) => step.id === `backfill-fill:${id}`);
      expect(fill).toMatchObject({
        title: expect.stringContaining('Fill app.media.createdBy') as string,
        text: expect.stringContaining(
          'app.media has less than 1000 rows, less than 1 MB',
        ) as string,
        write: { statement: { sql: expect.stringContaining('UPDATE "app"."media"') as string } },
      });
      expect(await shop.one('SELECT count(*) FROM app.media WHERE "createdBy" = 1')).toBe('3');
      expect(await shop.one('SELECT count("createdBy") FROM public.media')).toBe('0');
      expect(await shop.migrate()).toEqual({ wrote: [], error: null, tableThere: true });
    } finally {
      await shop.client.query(
        `ALTER DATABASE "${name}" RESET search_path; DROP SCHEMA app CASCADE`,
      );
    }
  },
);

test('refused: no rule, no expression, several statements, SET NULL on NOT NULL, nothing to fill', async () => {
  const database = await shop.database();
  const why = async (answers: Readonly<Record<string, string>>): Promise<string> => {
    const { end, plan } = await play(answers);
    expect(plan).toBeNull();
    return end.end === 'stopped' ? end.why : end.end;
  };
  expect(await why({})).toMatch(/public\.media\.created_by_id.*--set rule=/s);
  expect(await why({ rule: 'selec 1' })).toContain('cannot be used: syntax error');
  expect(await why({ rule: '1); DROP TABLE media; SELECT (1' })).toContain(
    'more than one expression',
  );
  expect(await why({ rule: '1', 'on-delete': 'set-null' })).toContain(
    'ON DELETE SET NULL cannot work',
  );
  expect(await why({ rule: '1', batch: '0' })).toContain('--set batch=0');
  await pending('ALTER TABLE "media" ADD COLUMN "note" text;');
  expect(await why({ rule: '1' })).toContain('demands no value');
  expect(await shop.database()).toBe(database);
});

deepTest('several columns: a rule for each', async () => {
  await pending(
    `ALTER TABLE "media" ADD COLUMN "a" integer NOT NULL, ADD COLUMN "b" text NOT NULL;`,
  );
  const recovery = await play({ rule: `b = 'x' || file, a = id * 2` });
  expect(recovery.end).toEqual({ end: 'ran' });
  expect(await shop.one(`SELECT count(*) FROM media WHERE a = id * 2 AND b = 'x' || file`)).toBe(
    '25',
  );
  expect(await shop.migrate()).toEqual({ wrote: [], error: null, tableThere: true });
});
