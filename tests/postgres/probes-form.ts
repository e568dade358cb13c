/** A statement that rows decide about: it fails with `bad` in the tables and goes through with `good`. */
export interface Form {
  readonly name: string;
  readonly setup: string;
  readonly bad: string;
  readonly good: string;
  readonly statement: string;
  readonly sqlstate: string;
  /** Server versions that have it. */
  readonly from?: number;
  /** The server's message names a row's value or an object it makes up. */
  readonly ownWords?: true;
}

export const T = 'CREATE TABLE t (id int, a int, b int, s text)';

export type Short = readonly [
  name: string,
  setup: string,
  bad: string,
  good: string,
  statement: string,
  sqlstate: string,
  more?: Pick<Form, 'from' | 'ownWords'>,
];

/** Rows may be of different lengths: what is left out is null. */
export const insert = (rows: string, table = 't'): string =>
  rows
    .split(/(?<=\)), /)
    .map((row) => `INSERT INTO ${table} VALUES ${row}`)
    .join('; ');
export const nothing = 'SELECT 1';
export const partitioned = `CREATE TABLE t (id int, a int, s text) PARTITION BY RANGE (id);
  CREATE TABLE t1 PARTITION OF t FOR VALUES FROM (0) TO (10);
  CREATE TABLE t2 PARTITION OF t FOR VALUES FROM (10) TO (20)`;
export const parents =
  'CREATE TABLE p (x int, y int, PRIMARY KEY (x, y)); INSERT INTO p VALUES (1, 1); CREATE TABLE q (id int PRIMARY KEY); INSERT INTO q VALUES (1)';

export const formOf = ([name, setup, bad, good, statement, sqlstate, more]: Short): Form => ({
  name,
  setup,
  bad,
  good,
  statement,
  sqlstate,
  ...more,
});
