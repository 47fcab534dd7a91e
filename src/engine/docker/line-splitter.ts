/** Cuts a byte stream into lines; safe for characters of several bytes, since no byte of those is a line feed. */
export interface LineSplitter {
  /** The lines completed by this piece, without what ends or (RFC 7464) begins them; `null` for one longer than the bound. */
  push(chunk: Buffer): readonly (Buffer | null)[];
  /** What came after the last line feed. */
  end(): readonly (Buffer | null)[];
}

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const RECORD_SEPARATOR = 0x1e;

/** Empty lines are passed over. */
export function createLineSplitter(maxLineBytes: number): LineSplitter {
  let parts: Buffer[] = [];
  let size = 0;

  function add(part: Buffer): void {
    size += part.length;
    if (size > maxLineBytes) parts = [];
    else if (part.length > 0) parts.push(part);
  }

  function take(): readonly (Buffer | null)[] {
    const line = size > maxLineBytes ? null : parts.length === 1 ? (parts[0] ?? null) : Buffer.concat(parts);
    parts = [];
    size = 0;
    if (line === null) return [null];
    const bare = trim(line);
    return bare.length === 0 ? [] : [bare];
  }

  return {
    push(chunk) {
      const lines: (Buffer | null)[] = [];
      let start = 0;
      for (let feed = chunk.indexOf(LINE_FEED); feed >= 0; feed = chunk.indexOf(LINE_FEED, start)) {
        add(chunk.subarray(start, feed));
        lines.push(...take());
        start = feed + 1;
      }
      add(chunk.subarray(start));
      return lines;
    },
    end: take,
  };
}

function trim(line: Buffer): Buffer {
  let start = 0;
  let end = line.length;
  while (start < end && line[start] === RECORD_SEPARATOR) start += 1;
  while (end > start && line[end - 1] === CARRIAGE_RETURN) end -= 1;
  return line.subarray(start, end);
}
