const NEWLINE = 0x0a;
const SPACE = 0x20;
const ZERO = 0x30;

/** Up to 15 digits are exact in a double; 20 are the most a kernel's 64 bits can take. */
const EXACT_DIGITS = 15;
const MOST_DIGITS = 20;
const HALF = 2 ** 32;

/** Longer than what is read in practice: io.stat of hundreds of devices, net/dev of hundreds of interfaces. */
const LONGEST_FILE = 65_536;

/** A word to compare bytes with. */
export type Word = Uint8Array;

export function word(text: string): Word {
  return Uint8Array.from(text, (letter) => letter.charCodeAt(0));
}

/**
 * What was read of one file, and a place in it. One is filled again and again for all files of all containers: going
 * through it makes no string and no object.
 */
export class FileBytes {
  readonly bytes = Buffer.alloc(LONGEST_FILE);
  at = 0;
  end = 0;

  /** Begins with the first `length` bytes of {@link bytes}. */
  begin(length: number): void {
    this.at = 0;
    this.end = length;
  }

  /** The kernel ends each of these files with a newline; one that does not, or fills the buffer, was cut. */
  get isWhole(): boolean {
    return this.end < LONGEST_FILE && (this.end === 0 || this.bytes[this.end - 1] === NEWLINE);
  }

  get isAtEnd(): boolean {
    return this.at >= this.end;
  }

  get isAtLineEnd(): boolean {
    return this.at >= this.end || this.bytes[this.at] === NEWLINE;
  }

  /** A space or the end of a line stands here: the word before it was not cut. */
  get isAtWordEnd(): boolean {
    const here = this.at < this.end ? this.bytes[this.at] : undefined;
    return here === SPACE || here === NEWLINE;
  }

  startsWith(prefix: Word): boolean {
    if (this.at + prefix.length > this.end) return false;
    for (let index = 0; index < prefix.length; index += 1) {
      if (this.bytes[this.at + index] !== prefix[index]) return false;
    }
    return true;
  }

  /** Steps over the word when it stands here. */
  take(expected: Word): boolean {
    const isHere = this.startsWith(expected);
    if (isHere) this.at += expected.length;
    return isHere;
  }

  skipSpaces(): void {
    while (this.at < this.end && this.bytes[this.at] === SPACE) this.at += 1;
  }

  /** To the space or the end of the line behind what stands here. */
  skipWord(): void {
    while (this.at < this.end && this.bytes[this.at] !== SPACE && this.bytes[this.at] !== NEWLINE) this.at += 1;
  }

  nextLine(): void {
    while (this.at < this.end && this.bytes[this.at] !== NEWLINE) this.at += 1;
    this.at += 1;
  }

  /**
   * A whole number that ends with a space or the line; `NaN` when there is none, or when it may have been cut. Above 2^53
   * it is the nearest that a double can hold, so a counter that grows never seems to shrink.
   */
  number(): number {
    const from = this.at;
    let value = 0;
    let high = 0;
    for (; this.at < this.end; this.at += 1) {
      const digit = (this.bytes[this.at] as number) - ZERO;
      if (digit < 0 || digit > 9) break;
      value = value * 10 + digit;
      // A hundred and four days of one processor are more nanoseconds than a double counts: two halves, joined once.
      if (this.at - from >= EXACT_DIGITS - 1) {
        const carry = Math.floor(value / HALF);
        value -= carry * HALF;
        high = high * 10 + carry;
      }
    }
    const digits = this.at - from;
    return digits > 0 && digits <= MOST_DIGITS && this.isAtWordEnd ? high * HALF + value : Number.NaN;
  }
}
