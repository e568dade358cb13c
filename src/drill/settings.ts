/**
 * drizzle.config.ts of a project. The import of a type is erased on loading, so drizzle-kit need not be
 * installed. `url`: the variable with the database's URL; `table`: left out where it is Drizzle's own.
 */
export function drizzleConfig({
  schema,
  out,
  url = 'DATABASE_URL',
  table = null,
}: {
  readonly schema: string;
  readonly out: string;
  readonly url?: string;
  readonly table?: { readonly schema: string; readonly table: string } | null;
}): string {
  const migrations =
    table === null
      ? ''
      : `
  migrations: {
    table: '${table.table}',
    schema: '${table.schema}',
  },`;
  return `import type { Config } from 'drizzle-kit';

export default {
  dialect: 'postgresql',
  schema: '${schema}',
  out: '${out}',
  dbCredentials: {
    url: process.env.${url}!,
  },${migrations}
} satisfies Config;
`;
}

/** package.json of a project that migrates with Drizzle. */
export function packageJson(project: {
  readonly name: string;
  readonly version: string;
  readonly type?: 'module';
  readonly scripts: Readonly<Record<string, string>>;
}): string {
  const { name, version, type, scripts } = project;
  const content = {
    ...{ name, version, private: true },
    ...(type === undefined ? {} : { type }),
    scripts,
    dependencies: { 'drizzle-orm': '0.45.4' },
    devDependencies: { 'drizzle-kit': '0.31.11' },
  };
  return `${JSON.stringify(content, null, 2)}\n`;
}
