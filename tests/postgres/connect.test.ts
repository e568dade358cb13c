import { createServer, type AddressInfo, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { UserError } from '../../src/core/errors.js';
import { connect, withConnection } from '../../src/postgres/connect.js';
import { explainConnectError } from '../../src/postgres/connect-error.js';
import { redactUrl, tlsAttempts, urlParts } from '../../src/postgres/url.js';
import { failure } from '../files/temp-project.js';
import { createTestDatabase, type TestDatabase } from '../support/server.js';
import { relayTo } from './relay.js';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

/** The test database's URL with something changed. */
function changed(change: (url: URL) => void): string {
  const url = new URL(database.url);
  change(url);
  return url.href;
}

/** Connects in vain; the message must help and give nothing away. */
async function refused(url: string): Promise<string> {
  const error = await failure(connect(url, { purpose: 'test' }));
  const shown = [error.message, ...error.next].join('\n');
  expect(error).toBeInstanceOf(UserError);
  expect(error.next.length).toBeGreaterThan(0);
  expect(shown).not.toMatch(/^\s+at |undefined|\.\.$/m);
  for (const password of ['hunter2', new URL(database.url).password]) {
    expect(shown).not.toContain(password);
  }
  return shown;
}

test('no server', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((done) => server.once('listening', done));
  const { port } = server.address() as AddressInfo;
  await new Promise((done) => server.close(done));
  expect(await refused(`postgresql://app:hunter2@127.0.0.1:${port}/shop`)).toContain(
    `No server answers at 127.0.0.1:${port}.`,
  );
});

test('wrong password, none, unknown user', async () => {
  const wrong = changed((url) => void (url.password = 'hunter2'));
  expect(await refused(wrong)).toContain('password authentication failed');
  const none = changed((url) => void (url.password = ''));
  expect(await refused(none)).toContain(
    `asks ${new URL(database.url).username} for a password and none was given`,
  );
  const user = changed((url) => void (url.username = 'nobody_here'));
  expect(await refused(user)).toContain('refuses the user nobody_here');
});

test('unknown database', async () => {
  const url = changed((it) => void (it.pathname = '/no_such'));
  expect(await refused(url)).toContain('There is no database no_such at ');
});

test('unknown host', async () => {
  const shown = await refused('postgresql://app:hunter2@no-such-host.invalid/shop');
  expect(shown).toContain('The host name no-such-host.invalid cannot be resolved.');
});

test.each([
  ['postgresql://app:hunter2@db 7/shop', 'contains a space'],
  ['mysql://app:hunter2@db/shop', 'does not begin with postgresql://'],
  ['db.internal/shop', 'does not begin with postgresql://'],
  ['postgresql://app:hunter2@db:99999/shop', 'cannot be read'],
  ['postgresql://app:hunter2@db:port/shop', 'cannot be read'],
  ['postgresql://app:hunter2@db/shop?sslmode=maybe', 'unknown sslmode "maybe"'],
  ['postgresql://app:hunter2@db/shop?sslmode=verify-ca', 'needs a root certificate'],
  ['postgresql://app:hunter2@db/shop?sslrootcert=/no/such.pem', '/no/such.pem'],
])('the URL %s', async (url, message) => {
  expect(await refused(url)).toContain(message);
});

test('TLS asked of a server without it; preferred, it connects plainly', async () => {
  const asked = changed((url) => url.searchParams.set('sslmode', 'require'));
  expect(await refused(asked)).toContain('does not offer encrypted connections');
  for (const mode of ['prefer', 'allow', 'disable']) {
    const url = changed((it) => it.searchParams.set('sslmode', mode));
    const rows = await withConnection(url, { purpose: 'test' }, async ({ client, keyDataPid }) => {
      const { rows } = await client.query<{ pid: string }>('SELECT pg_backend_pid() AS pid');
      return [rows[0]?.pid, String(keyDataPid)];
    });
    expect(rows[0]).toBe(rows[1]);
  }
});

test('something that is no PostgreSQL', async () => {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => {}));
    socket.end('HTTP/1.1 400 Bad Request\r\n\r\n');
  }).listen(0, '127.0.0.1');
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  await new Promise((done) => server.once('listening', done));
  const { port } = server.address() as AddressInfo;
  const shown = await refused(`postgresql://app:hunter2@127.0.0.1:${port}/shop`);
  expect(shown).toContain('broke off the connection');
});

test('no connection left', async () => {
  await withConnection(database.url, { purpose: 'test' }, async ({ client }) => {
    const { pathname } = new URL(database.url);
    const role = `limited_${pathname.slice(1)}`;
    await client.query(`CREATE ROLE ${role} LOGIN PASSWORD 'hunter2' CONNECTION LIMIT 0`);
    onTestFinished(async () => {
      await withConnection(database.url, { purpose: 'test' }, ({ client: again }) =>
        again.query(`DROP ROLE ${role}`),
      );
    });
    const url = changed((it) => {
      it.username = role;
      it.password = 'hunter2';
    });
    expect(await refused(url)).toContain('has no connection left');
  });
});

test('what other servers and poolers say is told too', () => {
  const parts = urlParts('postgresql://app:hunter2@db-7:6432/shop');
  const told = (code: string, message: string): string =>
    explainConnectError(Object.assign(new Error(message), { code }), parts).message;
  expect(told('08P01', 'no such database: shop')).toContain('There is no database shop');
  expect(told('08P01', 'no more connections allowed (max_client_conn)')).toContain(
    'no connection left',
  );
  expect(told('08P01', 'unsupported startup parameter: options')).toContain('pooler at db-7:6432');
  expect(told('SELF_SIGNED_CERT_IN_CHAIN', 'self-signed certificate in chain')).toContain(
    'The certificate of db-7:6432 is not accepted',
  );
  expect(told('ERR_TLS_CERT_ALTNAME_INVALID', 'Hostname does not match')).toContain('certificate');
  expect(
    told('28000', 'no pg_hba.conf entry for host "10.0.0.1", user "app", no encryption'),
  ).toContain('accepts encrypted connections only');
  expect(told('57P03', 'the database system is starting up')).toContain('starting up');
  expect(told('XX000', 'Tenant or user not found')).toContain('Tenant or user not found');
});

test('sslmode means what it means for psql', () => {
  const of = (query: string): unknown => tlsAttempts(`postgresql://u@db/x${query}`);
  const unchecked = expect.objectContaining({ rejectUnauthorized: false }) as unknown;
  expect(of('')).toEqual([unchecked, false]);
  expect(of('?sslmode=allow')).toEqual([false, unchecked]);
  expect(of('?sslmode=require')).toEqual([unchecked]);
  expect(of('?sslmode=no-verify')).toEqual([unchecked]);
  expect(of('?sslmode=verify-full&sslrootcert=system')).toEqual([{}]);
  expect(of('?ssl=true')).toEqual([true]);
  expect(of('?sslmode=disable')).toEqual([false]);
  expect(tlsAttempts('postgresql://u@/x?host=/tmp')).toEqual([false]);
});

test('a shown URL keeps no secret, wherever it stands', () => {
  expect(redactUrl('postgresql://app:hunter2@db-7/shop?password=hunter2&sslmode=require')).toBe(
    'postgresql://app:***@db-7:5432/shop',
  );
  expect(redactUrl('postgres://app:hunter2@[::1]:1/a')).toBe('postgresql://app:***@[::1]:1/a');
  expect(redactUrl('postgresql://app:hunter2@/a?host=/tmp&port=2')).toBe(
    'postgresql://app:***@/a?host=/tmp&port=2',
  );
});

test('the relay of these tests passes on what it should', async () => {
  const relay = await relayTo(database.url, { keyDataPid: 7 });
  await withConnection(relay.url, { purpose: 'test' }, async ({ client, keyDataPid }) => {
    const { rows } = await client.query('SELECT $1::text AS a', ['x']);
    expect(rows).toEqual([{ a: 'x' }]);
    expect(keyDataPid).toBe(7);
  });
  expect(relay.sql).toEqual(['SELECT $1::text AS a']);
  expect(relay.sessions()).toBe(1);
});
