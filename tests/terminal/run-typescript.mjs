import { register } from 'node:module';

// `node --import` this: TypeScript and TSX run as they stand, for programs under test that no build made.
register(new URL('typescript-hooks.mjs', import.meta.url));
