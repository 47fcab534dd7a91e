/**
 * Text → text that every SQLite driver gives back as it was: NUL, which ends a string for one of them, and lone
 * surrogates are escaped as in JSON. Ordinary text stays as it is, so that people can query the tables.
 */
export function toStoredText(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

/** The text again; `undefined` when a stranger wrote what cannot be one. */
export function fromStoredText(stored: string): string | undefined {
  const text = parseJson(`"${stored}"`);
  return typeof text === 'string' ? text : undefined;
}

/** JSON → value; `undefined` when it is none. */
export function parseJson(json: unknown): unknown {
  if (typeof json !== 'string') return undefined;
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

/** A JSON object as such. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A number of a row; 0 when it is null or not there. */
export function numberIn(row: Readonly<Record<string, unknown>> | undefined, column: string): number {
  return Number(row?.[column] ?? 0) || 0;
}
