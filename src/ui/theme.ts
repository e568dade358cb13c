import type { TextProps } from 'ink';
import type { Tone } from './line.js';

/** How a meaning looks. */
export type Theme = (
  tone: Tone,
) => Pick<TextProps, 'color' | 'backgroundColor' | 'bold' | 'dimColor' | 'inverse'>;

const coloured: Record<Tone, ReturnType<Theme>> = {
  plain: {},
  dim: { dimColor: true },
  strong: { bold: true },
  good: { color: 'green' },
  bad: { color: 'red', bold: true },
  warn: { color: 'yellow' },
  accent: { color: 'cyan' },
  cursor: { inverse: true },
  production: { color: 'white', backgroundColor: 'red', bold: true },
  staging: { color: 'black', backgroundColor: 'yellow' },
  harmless: { color: 'black', backgroundColor: 'green' },
};

/** With `colour` false only weight and inversion are left: NO_COLOR asks for no colour, not for no emphasis. */
export function themeOf(colour: boolean): Theme {
  if (colour) return (tone) => coloured[tone];
  return (tone) => {
    const { color: _, backgroundColor, ...rest } = coloured[tone];
    return backgroundColor === undefined ? rest : { ...rest, inverse: true };
  };
}
