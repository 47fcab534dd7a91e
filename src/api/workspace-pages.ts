import { Document, digest } from './document.ts';
import type { StatePage } from './workspace-list.ts';
import type { WorkspaceTexts } from './workspace-texts.ts';

/** Bytes of pages that are kept: a list of thousands takes some megabytes. */
const KEPT_BYTES = 16 * 2 ** 20;

const COMMA = ','.charCodeAt(0);

/** Pages of the list of workspaces as JSON; the last ones stay for those who ask for the same. */
export class WorkspacePages {
  readonly #texts: WorkspaceTexts;
  /** By what is in them, the oldest first. */
  readonly #pages = new Map<string, Document>();
  #bytes = 0;

  constructor(texts: WorkspaceTexts) {
    this.#texts = texts;
  }

  /** The page as an answer: the same one as long as nothing of it changed. */
  answer(page: StatePage): Document {
    const key = this.#keyOf(page);
    const known = this.#pages.get(key);
    if (known !== undefined) return known;
    const made = new Document(this.#write(page));
    this.#pages.set(key, made);
    this.#bytes += made.bytes;
    for (const [old, { bytes }] of this.#pages) {
      if (this.#bytes <= KEPT_BYTES) break;
      this.#pages.delete(old);
      this.#bytes -= bytes;
    }
    return made;
  }

  #write({ states, total, nextCursor }: StatePage): Buffer {
    const begin = '{"items":[';
    const end = `],"total":${total},"nextCursor":${JSON.stringify(nextCursor)}}`;
    let length = begin.length + end.length + Math.max(0, states.length - 1);
    for (const state of states) length += this.#texts.bytes(state);
    // Put together by bytes: as a text of all texts it would be copied three times.
    const page = Buffer.allocUnsafe(length);
    let at = page.write(begin, 0, 'latin1');
    for (const [index, state] of states.entries()) {
      if (index > 0) at = page.writeUInt8(COMMA, at);
      at = this.#texts.write(state, page, at);
    }
    // A cursor is base64url.
    page.write(end, at, 'latin1');
    return page;
  }

  /** Another one for each page: a version stands for one text. */
  #keyOf({ states, total, nextCursor }: StatePage): string {
    const versions = Float64Array.from(states, (state) => this.#texts.version(state));
    return `${digest(Buffer.from(versions.buffer))} ${total} ${nextCursor}`;
  }
}
