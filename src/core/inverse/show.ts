/** "type integer, nullable false"; "nothing" where there is none. */
export function showParts(parts: Readonly<Record<string, string>>): string {
  const shown = Object.entries(parts).map(([part, text]) => `${part} ${text}`);
  return shown.length === 0 ? 'without any of it' : shown.join(', ');
}
