/** Longest id of a workspace, in characters (code points): at most 512 bytes of UTF-8. */
export const WORKSPACE_ID_MAX = 128;

/** The same word in its longer spelling (NFD) has at most so many times the characters. */
const SPELLING_GROWTH = 4;

/** Longest text that may be an id once it is normalised. */
export const WORKSPACE_ID_INPUT_MAX = WORKSPACE_ID_MAX * SPELLING_GROWTH;

// Some letters and marks are invisible by nature, as the Hangul filler and variation selectors: two ids must not look alike
// for them.
const CHARACTERS = String.raw`(?!.*\p{Default_Ignorable_Code_Point})[\p{L}\p{Nd}][\p{L}\p{M}\p{Nd}._:@-]`;

const PATTERN = new RegExp(`^${CHARACTERS}{0,${WORKSPACE_ID_MAX - 1}}$`, 'u');

/** Most ids: they need none of the tables of Unicode, which take a hundred times as long. */
const PLAIN = new RegExp(`^[a-zA-Z0-9][\\w.:@-]{0,${WORKSPACE_ID_MAX - 1}}$`);

/** Safe in a URL, a path and a terminal, and readable. Two spellings of one word are one id: the one in NFC. */
export function isWorkspaceId(text: string): boolean {
  return PLAIN.test(text) || (PATTERN.test(text) && text === normalizeWorkspaceId(text));
}

/** One spelling for what people type: macOS takes letters apart, others do not. */
export function normalizeWorkspaceId(text: string): string {
  return PLAIN.test(text) ? text : text.normalize('NFC');
}

/** What {@link isWorkspaceId} asks of the characters, for schemas; it is not normalised there yet. */
export const WORKSPACE_ID_PATTERN = `^${CHARACTERS}*$`;
