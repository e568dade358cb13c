// Makes one file of the screen and what it draws with. Ink and React are some hundred files,
// and opening them takes longer than the first look at a database; the bundle also has
// React's production build without NODE_ENV being touched.
import { build } from 'esbuild';

const screen = 'dist/ui/run-screen.js';

await build({
  entryPoints: [screen],
  outfile: screen,
  allowOverwrite: true,
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  define: { 'process.env.NODE_ENV': '"production"', 'process.env.DEV': '"false"' },
  plugins: [{ name: 'no-devtools', setup: leaveOutDevtools }],
  // CommonJS packages in the bundle ask for Node's modules by require().
  banner: {
    js: "import { createRequire as bundledRequire } from 'node:module';\nconst require = bundledRequire(import.meta.url);",
  },
  logLevel: 'warning',
});

/** Ink's development tools (DEV=true) want packages that are not for users. */
function leaveOutDevtools(setup) {
  setup.onResolve({ filter: /^\.\/devtools\.js$/ }, ({ path }) => ({ path, namespace: 'none' }));
  setup.onLoad({ filter: /.*/, namespace: 'none' }, () => ({ contents: 'export {}' }));
}
