import type { STREAM_EVENTS } from '../contract/live-frames.ts';

/** A server-sent event of the contract; an `id` line may stand before it. JSON has no line break, so one data line is enough. */
export function sentEvent(name: keyof typeof STREAM_EVENTS, json: string): string {
  // Without a name, so that a browser's `onmessage` gets them.
  const head = name === 'message' ? '' : `event: ${name}\n`;
  return `${head}data: ${json}\n\n`;
}
