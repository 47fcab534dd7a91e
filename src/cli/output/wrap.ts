import { displayWidth, pad } from './width.ts';

/** Narrower than this, broken lines are harder to read than those the terminal breaks. */
const LEAST_COLUMNS = 24;

/** Text broken between words to lines of `columns`; a longer word keeps a line of its own, so that it can be copied. */
export function wrap(text: string, columns: number | undefined): string[] {
  if (columns === undefined || columns < LEAST_COLUMNS) return [text];
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (line === '' || displayWidth(longer) <= columns) {
      line = longer;
    } else {
      lines.push(line);
      line = word;
    }
  }
  return [...lines, line];
}

/** A name, and beside it a value that is broken to the width of the terminal; `undefined`: nothing is broken. */
export function field(name: string, value: string, to: { nameWidth: number; width: number | undefined }): string[] {
  const { nameWidth, width } = to;
  const lines = wrap(value, width === undefined ? undefined : width - nameWidth);
  return lines.map((line, index) => `${pad(index === 0 ? name : '', nameWidth)}${line}`);
}
