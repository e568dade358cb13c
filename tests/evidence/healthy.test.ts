import fc from 'fast-check';
import { test } from 'vitest';
import { cases } from '../support/cases.js';
import { folders } from '../support/generate/folder.js';
import { expectHealthy } from './built.js';
import { loadEngine } from './engine.js';
import { currentServer } from './live-server.js';
import { deepLimit } from './support.js';

test(
  'a database built by the real migrator has no drift, and everything in it is accounted for',
  async () => {
    const server = currentServer();
    const engine = await loadEngine(server);
    await fc.assert(
      fc.asyncProperty(folders(), (made) => expectHealthy(engine, server, made)),
      cases(5, 200),
    );
  },
  deepLimit,
);
