import { hash } from 'node:crypto';
import { type Coding, compress } from './content-coding.ts';

/** A text that is sent as it is: written once, whoever asks for it and however often. */
export class Document {
  readonly body: string | Buffer;
  readonly bytes: number;
  readonly #key: string | Buffer;
  #tag: string | null = null;
  readonly #compressed = new Map<Coding, Promise<Buffer>>();

  /** `key`: what tells it from all others, where that is shorter than the text itself. */
  constructor(body: string | Buffer, key: string | Buffer = body) {
    this.body = body;
    this.#key = key;
    this.bytes = Buffer.byteLength(body);
  }

  /** What it is known by: another one for each text, on every server. Weak, as it is the same for all content codings. */
  get tag(): string {
    this.#tag ??= `W/"${digest(this.#key)}"`;
    return this.#tag;
  }

  compressed(coding: Coding): Promise<Buffer> {
    let found = this.#compressed.get(coding);
    if (found === undefined) {
      found = compress(this.body, coding);
      this.#compressed.set(coding, found);
    }
    return found;
  }
}

/** Whether a client's `If-None-Match` has the tag. */
export function hasTag(header: string | undefined, tag: string): boolean {
  if (header === undefined) return false;
  return header === tag || header.split(',').some((one) => one.trim() === tag);
}

/** SHA-1 as base64url: tells texts apart, and guards nothing. */
export function digest(body: string | Buffer): string {
  return hash('sha1', body, 'base64url');
}
