// A connection and one query, as soon as Node is up.
import pg from 'pg';

const client = new pg.Client({ connectionString: process.env.PGMEDIC_DATABASE_URL });
await client.connect();
await client.query('SELECT 1');
process.stdout.write('ready\n');
await client.end();
