import type { Source } from './ground.js';
import { defaultHistoryTable } from './migrator.js';
import type { Project } from './project.js';
import { drizzleConfig, packageJson } from './settings.js';

/** A project as drizzle-kit lays it out, each migration deployed by the migrator but for one. */
export function kitProject(options: {
  readonly name: string;
  readonly version: string;
  readonly sources: readonly Source[];
  /** The release that did not get through, and left nothing; null: all were deployed. */
  readonly without: string | null;
  readonly data: readonly string[];
  /** Of package.json; those that generate and migrate when not given. */
  readonly scripts?: Readonly<Record<string, string>>;
  /** Where schema and migrations are. */
  readonly places?: { readonly schema: string; readonly migrations: string };
  /** Further files of the project. */
  readonly files?: Readonly<Record<string, string>>;
  /** What became of a snapshot after it was generated; nothing when not given. */
  readonly spoil?: Project['spoil'];
}): Project {
  const {
    scripts = { generate: 'drizzle-kit generate', migrate: 'drizzle-kit migrate' },
    places: { schema, migrations } = { schema: './src/schema.ts', migrations: 'drizzle' },
    spoil = (snapshot) => snapshot,
  } = options;
  const { name, version, sources, without, data, files } = options;
  return {
    migrations,
    table: defaultHistoryTable,
    sources,
    files: {
      'drizzle.config.ts': drizzleConfig({ schema, out: `./${migrations}` }),
      'package.json': packageJson({ name, version, scripts }),
      ...files,
    },
    urlNames: ['DATABASE_URL'],
    happened: async ({ tag }, _, migrate) => {
      if (tag !== without) await migrate();
    },
    spoil,
    data,
  };
}
