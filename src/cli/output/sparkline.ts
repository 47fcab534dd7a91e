const BLOCKS = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'] as const;
const ASCII = ['_', '.', ':', '-', '=', '+', '*', '#'] as const;

/**
 * A column as one line of bars, at most `width` wide, from 0 (or the smallest value, where that is below) to the largest. Of
 * values that share a bar the largest is drawn, so that no peak is lost. Gaps (`NaN`) are blanks.
 */
export function sparkline(
  values: Float64Array,
  { width, utf8 = true }: { readonly width: number; readonly utf8?: boolean },
): string {
  const bars = largestOf(values, Math.max(0, Math.min(Math.floor(width), values.length)));
  const known = bars.filter((value) => Number.isFinite(value));
  const low = Math.min(0, ...known);
  const span = Math.max(...known) - low;
  const glyphs = utf8 ? BLOCKS : ASCII;
  const glyph = (value: number) => {
    if (!Number.isFinite(value)) return ' ';
    const place = span > 0 ? Math.round(((value - low) / span) * (glyphs.length - 1)) : 0;
    return glyphs[place] ?? glyphs[0];
  };
  return Array.from(bars, glyph).join('');
}

/** Values in so many equal parts, the largest of each; `NaN` of a part without any. */
function largestOf(values: Float64Array, parts: number): Float64Array {
  const largest = new Float64Array(parts).fill(Number.NaN);
  for (const [index, value] of values.entries()) {
    const part = Math.floor((index * parts) / values.length);
    if (part < parts && !(value <= (largest[part] as number)) && !Number.isNaN(value)) largest[part] = value;
  }
  return largest;
}
