/** First and last code points that take two columns (Unicode East Asian Width W and F, without emoji). */
const WIDE: readonly (readonly [number, number])[] = [
  [0x1100, 0x115f],
  [0x2e80, 0x303e],
  [0x3041, 0x4dbf],
  [0x4e00, 0xa4cf],
  [0xa960, 0xa97c],
  [0xac00, 0xd7a3],
  [0xf900, 0xfaff],
  [0xfe10, 0xfe19],
  [0xfe30, 0xfe6f],
  [0xff00, 0xff60],
  [0xffe0, 0xffe6],
  [0x17000, 0x18cff],
  [0x1b000, 0x1b2ff],
  [0x20000, 0x3fffd],
];

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/** Columns a text takes in a terminal. The text has no control characters (see safe-text.ts). */
export function displayWidth(text: string): number {
  if (/^[\x20-\x7e]*$/.test(text)) return text.length;
  let width = 0;
  for (const { segment } of graphemes.segment(text)) width += graphemeWidth(segment);
  return width;
}

/** The text cut to `columns`, with `…` where something was cut. */
export function truncate(text: string, columns: number): string {
  if (displayWidth(text) <= columns) return text;
  if (columns < 1) return '';
  let width = 0;
  let kept = '';
  for (const { segment } of graphemes.segment(text)) {
    const next = width + graphemeWidth(segment);
    if (next > columns - 1) break;
    width = next;
    kept += segment;
  }
  return `${kept}…`;
}

/** The text with blanks up to `columns`. */
export function pad(text: string, columns: number, align: 'left' | 'right' = 'left'): string {
  const blanks = ' '.repeat(Math.max(0, columns - displayWidth(text)));
  return align === 'left' ? text + blanks : blanks + text;
}

/** Flags, and what is shown as a picture: with its own colours, or because a selector or a sign of a key says so. */
const PICTURE =
  /^\p{Regional_Indicator}|^\p{Extended_Pictographic}.*[\ufe0f\p{Emoji_Presentation}]|^\p{Emoji_Presentation}|\ufe0f\u20e3/u;

/** Marks that stand above or below, joiners, and the vowels and final consonants of Hangul that belong to the letter before. */
const NO_WIDTH = /\p{Mn}|\p{Me}|\u200c|\u200d|[\u1160-\u11ff\ud7b0-\ud7ff]/u;

/**
 * A picture is one, of however many it is joined. Other letters keep their columns also where a person sees one character,
 * as in Devanagari and Thai: so terminals count.
 */
function graphemeWidth(grapheme: string): number {
  if (PICTURE.test(grapheme)) return 2;
  let width = 0;
  for (const character of grapheme) width += characterWidth(character);
  return width;
}

function characterWidth(character: string): number {
  if (NO_WIDTH.test(character)) return 0;
  const code = character.codePointAt(0) ?? 0;
  const isWide = WIDE.some(([first, last]) => code >= first && code <= last);
  return isWide || /\p{Emoji_Presentation}/u.test(character) ? 2 : 1;
}
