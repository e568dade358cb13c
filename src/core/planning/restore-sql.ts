import type { DatabaseSetting, LiveDatabase } from '../restore.js';
import { quoteIdent, quoteLiteral } from '../tool.js';

/** CREATE DATABASE like the live one: its owner, encoding, locale, tablespace and limit. */
export function createLike(live: LiveDatabase, name: string): string {
  const text = (key: string, value: string | null): string =>
    value === null ? '' : ` ${key} ${quoteLiteral(value).trim()}`;
  const provider = live.provider === null ? '' : ` LOCALE_PROVIDER ${live.provider}`;
  const [locale, rules] =
    live.provider === 'icu'
      ? [text('ICU_LOCALE', live.locale), text('ICU_RULES', live.rules)]
      : live.provider === 'builtin'
        ? [text('BUILTIN_LOCALE', live.locale), '']
        : ['', ''];
  return [
    `CREATE DATABASE ${quoteIdent(name)} TEMPLATE template0 OWNER ${quoteIdent(live.owner)}`,
    text('ENCODING', live.encoding),
    provider,
    text('LC_COLLATE', live.collate),
    text('LC_CTYPE', live.ctype),
    locale,
    rules,
    live.tablespace === null ? '' : ` TABLESPACE ${quoteIdent(live.tablespace)}`,
    live.connectionLimit === -1 ? '' : ` CONNECTION LIMIT ${live.connectionLimit}`,
  ].join('');
}

/** What pg_dump leaves out: privileges on the database itself, and settings of it. */
export function carriedOver(
  live: LiveDatabase,
  name: string,
  settings: readonly DatabaseSetting[],
): readonly string[] {
  const database = quoteIdent(name);
  const to = (grantee: string | null): string =>
    grantee === null ? 'PUBLIC' : quoteIdent(grantee);
  const grants =
    live.grants === null
      ? []
      : [
          `REVOKE ALL ON DATABASE ${database} FROM PUBLIC, ${quoteIdent(live.owner)}`,
          ...live.grants.map(
            ({ grantee, privilege, grantable }) =>
              `GRANT ${privilege} ON DATABASE ${database} TO ${to(grantee)}${grantable ? ' WITH GRANT OPTION' : ''}`,
          ),
        ];
  return [
    ...grants,
    ...settings.map(({ role, name: setting, value }) => {
      const whose =
        role === null
          ? `ALTER DATABASE ${database}`
          : `ALTER ROLE ${quoteIdent(role)} IN DATABASE ${database}`;
      return `${whose} SET ${settingName(setting)} TO ${settingValue(setting, value)}`;
    }),
  ];
}

/** Lists of names are kept with their quotes, as they are written; every other value is one text. */
const LISTS = [
  'local_preload_libraries',
  'search_path',
  'session_preload_libraries',
  'temp_tablespaces',
];

function settingValue(name: string, value: string): string {
  if (!LISTS.includes(name.toLowerCase()) || value === '') return quoteLiteral(value).trim();
  // An empty name is no name in SQL, but is an empty string.
  return value.replaceAll(/(^|, *)""(?=,|$)/g, "$1''");
}

/** "myapp.tenant": each part is a name. */
function settingName(name: string): string {
  return name.split('.').map(quoteIdent).join('.');
}
