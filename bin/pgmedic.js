#!/usr/bin/env node
import { setFlagsFromString } from 'node:v8';
// Checks Node before anything that an old one could not parse is loaded.
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 17)) {
  console.error(`pgmedic needs Node 20.17 or later; this is ${process.version}.`);
  process.exit(2);
}
// The SQL parser is WebAssembly: V8 compiles what runs often a second time, in a fifth of a short run's
// whole time. A hundred times as often as V8's own measure, it is worth it.
setFlagsFromString('--wasm-tiering-budget=180000000');
// Who reads may be gone (a pipe into `head`, a closed terminal): no reason to break off.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
const { main } = await import('../dist/cli/main.js');
process.exitCode = await main(process.argv.slice(2));
