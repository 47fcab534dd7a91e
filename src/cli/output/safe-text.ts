/** Longest text printed of one name or message: nothing real is longer, and a terminal must not drown. */
const LONGEST = 4_096;

// Controls (ESC among them), invisible format characters (bidi overrides among them), line separators, private use and
// lone surrogates. The two joiners stay: Persian, Indic and emoji need them and they move nothing.
const UNSAFE = /(?![\u200c\u200d])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}]/gu;

/** Text from outside made harmless for a terminal and for one line: what could move, hide or colour is spelled out. */
export function safeText(text: string): string {
  const bounded = text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
  return bounded.replace(UNSAFE, spellOut);
}

function spellOut(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  if (code === 0x0a) return '\\n';
  if (code === 0x09) return '\\t';
  return code <= 0xff ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`;
}
