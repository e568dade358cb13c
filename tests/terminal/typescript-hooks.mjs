import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const compilerOptions = {
  module: ts.ModuleKind.ESNext,
  target: ts.ScriptTarget.ES2022,
  jsx: ts.JsxEmit.ReactJSX,
};

/** An import says `.js`; the source is `.ts` or `.tsx`. */
export async function resolve(specifier, context, next) {
  if (specifier.startsWith('.') && specifier.endsWith('.js') && context.parentURL) {
    for (const end of ['.ts', '.tsx']) {
      const url = new URL(specifier.replace(/\.js$/, end), context.parentURL);
      if (existsSync(fileURLToPath(url))) return { url: url.href, shortCircuit: true };
    }
  }
  if (/\.tsx?$/.test(specifier)) {
    const url = new URL(specifier, context.parentURL ?? 'file:///');
    return { url: url.href, shortCircuit: true };
  }
  return next(specifier, context);
}

export async function load(url, context, next) {
  if (!/\.tsx?$/.test(url)) return next(url, context);
  const fileName = fileURLToPath(url);
  const text = await readFile(fileName, 'utf8');
  const source = ts.transpileModule(text, { compilerOptions, fileName }).outputText;
  return { format: 'module', source, shortCircuit: true };
}
