import type { ServerFrame } from '../contract/live-frames.ts';
import type { EventFrame } from './event-ring.ts';
import type { EventEncoding } from './event-sink.ts';
import { PING_FRAME, textFrame, textFrameHead } from './text-frame.ts';

/** Messages by event: clients with different filters get the same ones in other company. */
const messages = new WeakMap<EventFrame, Buffer>();

/** Events as WebSocket messages, one each. */
export const LIVE_ENCODING: EventEncoding = {
  name: 'live',
  events: (frames) => Buffer.concat(frames.map(messageOf)),
  // The second ping is for scripts in browsers, which do not see the first one, and tells where to resume from.
  heartbeat: (seq) => Buffer.concat([PING_FRAME, encodeFrame({ type: 'ping', seq })]),
};

/** For limited tokens: a cursor that moves without an event of theirs would tell of events of others. */
export const LIMITED_LIVE_ENCODING: EventEncoding = {
  ...LIVE_ENCODING,
  name: 'live, limited',
  heartbeat: () => Buffer.concat([PING_FRAME, encodeFrame({ type: 'ping' })]),
};

/** A frame as a WebSocket message. */
export function encodeFrame(frame: ServerFrame): Buffer {
  return textFrame(JSON.stringify(frame));
}

/** A snapshot as the parts of one message; `workspaces`, a JSON array that is large and shared, is not copied. */
export function snapshotParts(seq: number, workspaces: Buffer): readonly Buffer[] {
  const parts = [Buffer.from(`{"type":"snapshot","seq":${seq},"workspaces":`), workspaces, Buffer.from('}')];
  return [textFrameHead(parts), ...parts];
}

function messageOf(frame: EventFrame): Buffer {
  let message = messages.get(frame);
  if (message === undefined) {
    message = textFrame(`{"type":"event","event":${frame.json}}`);
    messages.set(frame, message);
  }
  return message;
}
