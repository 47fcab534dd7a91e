import { safeText } from '../output/safe-text.ts';

/** Longest text of an answer; reasons and messages are shorter. */
const TEXT_MAX = 500;

/**
 * The same with every text in it, names of fields too, cut and freed of what is invisible. Names, labels and messages come
 * from containers: they may be anything, and much.
 */
export function boundTexts(value: unknown): unknown {
  if (typeof value === 'string') return boundText(value);
  if (Array.isArray(value)) return value.map(boundTexts);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [boundText(name), boundTexts(inner)]));
}

/** One text, cut and freed of what is invisible. */
export function boundText(text: string): string {
  const safe = safeText(text.slice(0, TEXT_MAX));
  return text.length > TEXT_MAX || safe.length > TEXT_MAX ? `${safe.slice(0, TEXT_MAX)}…` : safe;
}
