import { TidewatchError } from '../model/errors.ts';

/** Where a page ended: the sort key and the id of its last item. Names a place, not a number of items, so that it stays right under change. */
export interface PageCursor {
  readonly sort: string;
  readonly key: string;
  readonly id: string;
}

/** Opaque text for the client; the version lets the shape change later. */
export function encodeCursor({ sort, key, id }: PageCursor): string {
  return Buffer.from(JSON.stringify([1, sort, key, id])).toString('base64url');
}

/** Throws `bad_request` on anything {@link encodeCursor} did not give for the same sort. */
export function decodeCursor(text: string, sort: string): PageCursor {
  const parts = parse(text);
  const [version, of, key, id] = parts;
  if (
    parts.length !== 4 ||
    version !== 1 ||
    typeof of !== 'string' ||
    typeof key !== 'string' ||
    typeof id !== 'string'
  ) {
    throw new TidewatchError('bad_request', 'query parameter cursor: not a cursor of this API; begin without one');
  }
  if (of !== sort) {
    throw new TidewatchError(
      'bad_request',
      `query parameter cursor: it belongs to sort=${JSON.stringify(of.slice(0, 32))}; keep the sort while paging`,
    );
  }
  return { sort, key, id };
}

function parse(text: string): readonly unknown[] {
  try {
    const value: unknown = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
    return Array.isArray(value) ? value : [];
  } catch {
    return [];
  }
}
