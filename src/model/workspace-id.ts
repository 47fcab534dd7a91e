/** Longest id of a workspace. */
export const WORKSPACE_ID_MAX = 128;

const PATTERN = /^[A-Za-z0-9][A-Za-z0-9._:@-]{0,127}$/;

/** Safe in a URL, a path and a terminal, and readable. */
export function isWorkspaceId(text: string): boolean {
  return PATTERN.test(text);
}

/** The same as text, for schemas. */
export const WORKSPACE_ID_PATTERN = PATTERN.source;
