import pg from 'pg';

/** Somebody else's session, under a name of its own. That it is ended from outside is no error of the drill. */
export async function otherSession(url: string, name: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url, application_name: name });
  client.on('error', () => {});
  await client.connect();
  return client;
}
