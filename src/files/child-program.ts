import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * The file of a program of ours that runs in a process of its own, for Node to run. `from` is the
 * import.meta.url of the module that starts it: built, it stands beside that one. Run from the
 * TypeScript sources, by the tests, it is the built one as well: Node 20 would need a loader for the
 * source, which takes longer to start than the program takes.
 */
export function childProgram(name: 'keeper' | 'wasm-child', from: string): string {
  const built = extname(fileURLToPath(from)) === '.js' ? '.' : '../../dist/cli';
  return fileURLToPath(new URL(`${built}/${name}.js`, from));
}
