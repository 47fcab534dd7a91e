import type { YAMLError } from 'yaml';

const ONE_KEY_A_LINE =
  'write one "key: value" a line, indent the keys of a section alike, and put a value that holds ": " in quotes';

/** What to do about the mistakes that are made; any other is most often one of indentation. */
const REMEDIES: Readonly<Partial<Record<YAMLError['code'], string>>> = {
  TAB_AS_INDENT: 'indent with spaces instead',
  BAD_INDENT: 'close the bracket, or indent its lines deeper than the key',
  BAD_SCALAR_START: "put the value in quotes, as in '@name'",
  BAD_DQ_ESCAPE: "put the value in single quotes, where a backslash is itself, as in 'C:\\data'",
  MISSING_CHAR: 'add what is missing, or take away what opens it',
  TAG_RESOLVE_FAILED: 'take the tag (!…) away, or put the value in quotes',
  BAD_DIRECTIVE: 'take the line away, or put # before it',
  MULTIPLE_DOCS: 'keep one document: take the line --- and what belongs to the others away',
  RESOURCE_EXHAUSTION: 'write less deeply nested values',
};

/** A mistake of the YAML itself: what is wrong, and what to do. */
export function syntaxProblem({ code, message }: YAMLError): string {
  // Some end in advice for programmers.
  const what = message.replace(/; please use .*/s, '');
  return `not valid YAML: ${what}: ${REMEDIES[code] ?? ONE_KEY_A_LINE}`;
}
