/** What arrived at all clients together. */
export interface ArrivalCounts {
  /** From the instant in an event to its arrival, ms. */
  eventMs: number[];
  metricsFrames: number;
  /** From the instant in a frame of figures to the arrival of its end, ms; by WebSocket only. */
  metricsMs: number[];
}

/** Takes the bytes that came over one connection. */
export type Reader = (chunk: Buffer) => void;

const EVENT = Buffer.from('told at <');
const EVENT_LENGTH = EVENT.length + '1795627614183.123'.length;

/** No event is longer, and no frame of figures shorter: those are passed over unread, as a program would leave them to be read. */
const EVENT_MOST = 4_096;
const LINE_END = 10;

/** Where the instant is in a frame of figures. */
const INSTANT_START = '{"type":"metrics","at":"'.length;
const INSTANT_END = INSTANT_START + '2026-01-01T00:00:00.000Z'.length;

/** Counts the messages of a WebSocket, by their lengths. */
export function webSocketReader(counts: ArrivalCounts, now: () => number): Reader {
  let carry: Buffer | null = null;
  let skip = 0;
  let frameAt = 0;
  return (chunk) => {
    const at = now();
    const data: Buffer = carry === null ? chunk : Buffer.concat([carry, chunk]);
    carry = null;
    let place = Math.min(skip, data.length);
    if (skip > 0 && skip === place) counts.metricsMs.push(at - frameAt);
    skip -= place;
    while (place < data.length) {
      const head = headOf(data, place);
      if (head !== null && head.length > EVENT_MOST && data.length >= head.start + INSTANT_END) {
        counts.metricsFrames += 1;
        frameAt = Date.parse(data.toString('latin1', head.start + INSTANT_START, head.start + INSTANT_END));
        const end = head.start + head.length;
        if (end <= data.length) counts.metricsMs.push(at - frameAt);
        skip = Math.max(0, end - data.length);
        place = Math.min(data.length, end);
      } else if (head === null || head.start + head.length > data.length) {
        carry = Buffer.from(data.subarray(place));
        return;
      } else {
        place = head.start + head.length;
        readEvent(data.subarray(head.start, place), counts, at);
      }
    }
  };
}

/** Counts the lines of a stream of server-sent events. */
export function serverSentReader(counts: ArrivalCounts, now: () => number): Reader {
  let carry: Buffer | null = null;
  let isSkipping = false;
  return (chunk) => {
    const at = now();
    const data: Buffer = carry === null ? chunk : Buffer.concat([carry, chunk]);
    carry = null;
    let place = 0;
    while (place < data.length) {
      const end = data.indexOf(LINE_END, place);
      if (end >= 0) {
        if (!isSkipping) {
          if (end - place > EVENT_MOST) counts.metricsFrames += 1;
          else readEvent(data.subarray(place, end), counts, at);
        }
        isSkipping = false;
        place = end + 1;
      } else if (isSkipping) return;
      else if (data.length - place > EVENT_MOST) {
        counts.metricsFrames += 1;
        isSkipping = true;
        return;
      } else {
        carry = Buffer.from(data.subarray(place));
        return;
      }
    }
  };
}

function readEvent(text: Buffer, { eventMs }: ArrivalCounts, at: number): void {
  const found = text.indexOf(EVENT);
  if (found >= 0) eventMs.push(at - Number(text.toString('latin1', found + EVENT.length, found + EVENT_LENGTH)));
}

/** Where the payload of a message begins and how long it is (RFC 6455, 5.2); `null` when its head is not all there. */
function headOf(data: Buffer, place: number): { start: number; length: number } | null {
  const left = data.length - place;
  if (left < 2) return null;
  const short = (data[place + 1] ?? 0) & 0x7f;
  if (short < 126) return { start: place + 2, length: short };
  if (short === 126) return left < 4 ? null : { start: place + 4, length: data.readUInt16BE(place + 2) };
  return left < 10 ? null : { start: place + 10, length: Number(data.readBigUInt64BE(place + 2)) };
}
