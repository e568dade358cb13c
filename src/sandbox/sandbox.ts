/** A throw-away PostgreSQL server, or databases on one that was named with --sandbox-url. */
export interface Sandbox {
  /** "18.4" */
  readonly serverVersion: string;
  /** postgresql:// URL of its maintenance database, password included; never shown. */
  readonly adminUrl: string;
  /** Makes an empty database (template0, UTF8) and returns its URL. It is gone when the sandbox stops, or earlier with dropDatabase. */
  createDatabase(name?: string): Promise<string>;
  dropDatabase(url: string): Promise<void>;
  /** Stops the server and removes its folder. Safe to call twice. */
  stop(): Promise<void>;
}
