/** Cuts the elements out of a JSON array that comes in pieces, so that each is parsed by itself. */
export interface ArrayScanner {
  /** The elements completed by this piece, as their bytes; `null` for one larger than the bound. Throws SyntaxError when the text is no array. */
  push(chunk: Buffer): readonly (Buffer | null)[];
  /** Throws SyntaxError unless the array was closed. */
  end(): void;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/** What an engine written in Go answers for a list that was never made. */
const NULL_LIST = 'null';

export function createArrayScanner(maxElementBytes: number): ArrayScanner {
  return new Scanner(maxElementBytes);
}

class Scanner implements ArrayScanner {
  readonly #pending: ReturnType<typeof createPending>;
  #phase: 'before' | 'inside' | 'after' | 'null' = 'before';
  #depth = 0;
  #inString = false;
  #escaped = false;
  #elements = 0;
  #commas = 0;
  #nullText = '';
  #found: (Buffer | null)[] = [];

  constructor(maxElementBytes: number) {
    this.#pending = createPending(maxElementBytes);
  }

  push(chunk: Buffer): readonly (Buffer | null)[] {
    this.#found = [];
    for (let at = 0; at < chunk.length; ) {
      at = this.#phase === 'inside' ? this.#scanInside(chunk, at) : this.#scanOutside(chunk, at);
    }
    return this.#found;
  }

  end(): void {
    if (this.#phase !== 'after' && this.#nullText !== NULL_LIST) throw new SyntaxError('the array was cut off');
  }

  /** Scans the array's inside from `from`; gives the index after what it took. */
  #scanInside(chunk: Buffer, from: number): number {
    let start = from;
    for (let at = from; at < chunk.length; at += 1) {
      const byte = chunk[at];
      if (this.#inString) this.#passString(byte);
      else if (byte === QUOTE) this.#inString = true;
      else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) this.#depth += 1;
      else if (byte === CLOSE_OBJECT || (byte === CLOSE_ARRAY && this.#depth > 0)) this.#closeBracket();
      else if (byte === COMMA && this.#depth === 0) {
        this.#closeElement(chunk.subarray(start, at));
        this.#commas += 1;
        start = at + 1;
        if (this.#elements !== this.#commas) throw new SyntaxError('an element is missing');
      } else if (byte === CLOSE_ARRAY) {
        this.#closeElement(chunk.subarray(start, at));
        this.#closeArray();
        return at + 1;
      }
    }
    this.#pending.add(chunk.subarray(start));
    return chunk.length;
  }

  #passString(byte: number | undefined): void {
    if (this.#escaped) this.#escaped = false;
    else if (byte === BACKSLASH) this.#escaped = true;
    else if (byte === QUOTE) this.#inString = false;
  }

  #closeBracket(): void {
    this.#depth -= 1;
    if (this.#depth < 0) throw new SyntaxError('a bracket closes what was not opened');
  }

  #closeElement(last: Buffer): void {
    const element = this.#pending.take(last);
    if (element?.every(isSpace)) return;
    this.#elements += 1;
    this.#found.push(element);
  }

  #closeArray(): void {
    const isEmpty = this.#elements === 0 && this.#commas === 0;
    if (!isEmpty && this.#elements !== this.#commas + 1) throw new SyntaxError('an element is missing');
    this.#phase = 'after';
  }

  #scanOutside(chunk: Buffer, from: number): number {
    for (let at = from; at < chunk.length; at += 1) {
      const byte = chunk[at];
      if (this.#phase === 'before' && byte === OPEN_ARRAY) {
        this.#phase = 'inside';
        return at + 1;
      }
      if (byte === undefined || isSpace(byte)) continue;
      if (this.#phase === 'before') this.#phase = 'null';
      if (this.#phase !== 'null') throw new SyntaxError('something follows the array');
      this.#nullText += String.fromCharCode(byte);
      if (!NULL_LIST.startsWith(this.#nullText)) throw new SyntaxError('it is not an array');
    }
    return chunk.length;
  }
}

/** The begun element over the pieces it comes in; forgets it once it is too large. */
function createPending(maxBytes: number) {
  let parts: Buffer[] = [];
  let size = 0;
  return {
    add(part: Buffer): void {
      size += part.length;
      if (size > maxBytes) parts = [];
      else if (part.length > 0) parts.push(part);
    },
    take(last: Buffer): Buffer | null {
      this.add(last);
      const [only] = parts;
      const whole = size > maxBytes ? null : parts.length === 1 && only ? only : Buffer.concat(parts);
      parts = [];
      size = 0;
      return whole;
    },
  };
}

function isSpace(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}
