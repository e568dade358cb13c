/** A list of constants of a type without operators of its own, as `IN` makes it of a column of that type. */
const LIST = /\(ARRAY\[((?:'(?:[^']|'')*'::character varying(?:\(\d+\))?(?:, )?)+)\]\)::text\[\]/g;

/**
 * A definition in a form that is printed as it was when it has been parsed again. PostgreSQL moves a cast
 * of a whole list into the list, so that what it prints of `status IN ('a', 'b')` comes back as something else.
 */
export function reprintable(definition: string): string {
  return definition.replaceAll(LIST, (_, items: string) => `ARRAY[${items}]`);
}
