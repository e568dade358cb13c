// Makes the program: few files instead of some thousand, since opening those takes longer than the
// first look at a database. What is loaded late stays in chunks of its own. React gets its production
// build without NODE_ENV being touched. Types are not checked here (npm run types).
import { build } from 'esbuild';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';

/** Not in one piece with the rest: WebAssembly, data files, and what must be the project's own copy. */
const apart = ['@electric-sql/*', 'drizzle-orm', 'jiti', 'libpg-query'];

await rm('dist', { recursive: true, force: true });
const { metafile } = await build({
  // Programs of their own are found beside the one that starts them.
  entryPoints: {
    main: 'src/cli/main.ts',
    keeper: 'src/sandbox/keeper.ts',
    'wasm-child': 'src/backup/wasm-child.ts',
  },
  // As deep as the sources: package.json and the playbooks are looked for two folders up.
  outdir: 'dist/cli',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  external: [...apart, 'pg-native'],
  define: {
    'process.env.NODE_ENV': '"production"',
    'process.env.DEV': '"false"',
    // pg asks whether it runs at Cloudflare, and Node loads its HTTP client to answer.
    Response: 'undefined',
  },
  plugins: [{ name: 'no-devtools', setup: leaveOutDevtools }],
  // CommonJS packages in the bundle ask for Node's modules by require().
  banner: {
    js: "import { createRequire as bundledRequire } from 'node:module';\nconst require = bundledRequire(import.meta.url);",
  },
  metafile: true,
  logLevel: 'warning',
});
await writeFile('dist/third-party-notices.txt', await notices(Object.keys(metafile.inputs)));

/** Ink's development tools (DEV=true) want packages that are not for users. */
function leaveOutDevtools(setup) {
  setup.onResolve({ filter: /^\.\/devtools\.js$/ }, ({ path }) => ({ path, namespace: 'none' }));
  setup.onLoad({ filter: /.*/, namespace: 'none' }, () => ({ contents: 'export {}' }));
}

/** The licences of the packages whose code is in the bundle: they ask to go with it. */
async function notices(inputs) {
  const folders = new Set(
    inputs.flatMap((path) => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? []),
  );
  const texts = [...folders].map(async (folder) => {
    const { name, version, license } = JSON.parse(await readFile(`${folder}/package.json`, 'utf8'));
    const file = (await readdir(folder)).find((one) => /^licen[cs]e/i.test(one));
    const text =
      file === undefined ? `License: ${license}` : await readFile(`${folder}/${file}`, 'utf8');
    return `${name} ${version}\n\n${text.trim()}\n`;
  });
  return (await Promise.all(texts))
    .toSorted((a, b) => a.localeCompare(b))
    .join(`\n${'-'.repeat(80)}\n\n`);
}
