const FINAL_TEXT = 0x81;

/** A WebSocket ping without content: every client's library answers it by itself. */
export const PING_FRAME: Buffer = Buffer.from([0x89, 0]);

/**
 * A text as one WebSocket message of a server (RFC 6455, 5.2: final, not masked, the length in 7, 7+16 or 7+64 bits). It is
 * the same for every client, so it is made once and not, as by the library, once for each.
 */
export function textFrame(...texts: readonly (string | Buffer)[]): Buffer {
  const parts = texts.map((text) => (typeof text === 'string' ? Buffer.from(text) : text));
  return Buffer.concat([textFrameHead(parts), ...parts]);
}

/** What comes before the parts of one message: for parts that are large and shared, and need not be copied. */
export function textFrameHead(parts: readonly Buffer[]): Buffer {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  if (length < 126) return Buffer.from([FINAL_TEXT, length]);
  if (length < 65_536) {
    const head = Buffer.from([FINAL_TEXT, 126, 0, 0]);
    head.writeUInt16BE(length, 2);
    return head;
  }
  const head = Buffer.alloc(10);
  head.set([FINAL_TEXT, 127]);
  head.writeBigUInt64BE(BigInt(length), 2);
  return head;
}
