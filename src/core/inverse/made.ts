/** What makes an object as it was, or why nothing can. */
export type Made =
  | {
      readonly sql: readonly string[];
      readonly late?: readonly string[];
      readonly remarks?: readonly string[];
    }
  | { readonly why: string };

/** "security_invoker=true, fillfactor=70" as SQL has it in parentheses. */
export function optionList(options: string): string {
  return options
    .split(/, (?=[\w.]+=)/)
    .map((option) =>
      option.replace(
        /^([\w.]+)=(.*)$/s,
        (_, key: string, value: string) => `${key}='${value.replaceAll("'", "''")}'`,
      ),
    )
    .join(', ');
}
