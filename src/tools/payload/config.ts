import type { ToolConfig } from '../contract.js';

const text = String.raw`(?:'[^'\\\n]*'|"[^"\\\n]*")`;
const base = String.raw`(dirname|__dirname|import\.meta\.dirname|process\.cwd\(\))`;
const said = new RegExp(
  String.raw`\bmigrationDir\s*:\s*(?:path\s*\.\s*(?:resolve|join)\s*\(\s*${base}\s*((?:,\s*${text}\s*)+),?\s*\)|(${text}))\s*[,}]`,
  'g',
);

/**
 * `migrationDir` in a payload.config.ts, which is not run: a string, from where Payload is started,
 * or `path.resolve(dirname, '...')` as its templates have it. null where it says another thing, or
 * is not for PostgreSQL.
 */
export const migrationDir: ToolConfig['folder'] = (config) => {
  const code = config.replaceAll(/\/\*[^]*?\*\/|^\s*\/\/.*$/gm, '');
  if (!/@payloadcms\/db-(?:vercel-)?postgres\b/.test(code)) return null;
  const [found, ...more] = code.matchAll(said);
  if (found === undefined || more.length > 0) return null;
  const parts = (found[2] ?? found[3] ?? '').match(new RegExp(text, 'g')) ?? [];
  const path = parts.map((part) => part.slice(1, -1)).join('/');
  return {
    path,
    from: /^(?:dirname|__dirname|import)/.test(found[1] ?? '') ? 'config' : 'project',
  };
};
