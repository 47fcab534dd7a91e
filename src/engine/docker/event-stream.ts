import type { IncomingMessage } from 'node:http';
import type { Clock } from '../../runtime/clock.ts';
import { ENGINE_ACTIONS, type EngineEvent, type WatchOptions } from '../engine.ts';
import { decodeEvent } from './decode-event.ts';
import { SLICE_MS } from './engine-limits.ts';
import { createLineSplitter } from './line-splitter.ts';

/** A line longer than this is skipped and told: labels of 200 kB fit twenty times. */
const LINE_MOST = 4 * 1024 * 1024;

/** The query of the stream: only actions that say something, so that health probes stay out of it. */
export function eventsQuery({ since, until }: Pick<WatchOptions, 'since' | 'until'>): string {
  const filters = { type: ['container'], event: [...ENGINE_ACTIONS, 'remove', 'died'] };
  const query = new URLSearchParams({ since: secondsOf(since), filters: JSON.stringify(filters) });
  if (until !== undefined) query.set('until', secondsOf(until));
  return query.toString();
}

/** `seconds.nanos`, the only form all engines read; never rounded up, for `since` would skip an event then. */
export function secondsOf(instant: number | string): string {
  const nanos = typeof instant === 'string' ? instant : `${Math.max(0, Math.floor(instant))}000000`;
  const digits = nanos.replace(/\D/g, '').padStart(10, '0');
  return `${digits.slice(0, -9)}.${digits.slice(-9)}`;
}

/**
 * Reads the stream to its end. A reader that stops reading delays every operation of the engine by 100 ms each, so the
 * bytes are taken as they come and decoded a slice a turn.
 */
export function readEvents(
  answer: IncomingMessage,
  { clock, options }: { clock: Clock; options: WatchOptions },
): Promise<void> {
  const waiting: Buffer[] = [];
  const unreadable = (what: string) => options.onUnreadable?.(what);
  const splitter = createLineSplitter(LINE_MOST);
  let isDecoding = false;
  let decoding = Promise.resolve();

  async function decode(): Promise<void> {
    let until = clock.monotonic() + SLICE_MS;
    for (let chunk = waiting.shift(); chunk; chunk = waiting.shift()) {
      let events: EngineEvent[] = [];
      for (const line of splitter.push(chunk)) {
        const event = eventOf(line, unreadable);
        if (event !== null) events.push(event);
        if (clock.monotonic() < until) continue;
        if (events.length > 0 && !options.signal.aborted) options.onEvents(events);
        events = [];
        await clock.yieldTurn();
        until = clock.monotonic() + SLICE_MS;
      }
      if (events.length > 0 && !options.signal.aborted) options.onEvents(events);
    }
    isDecoding = false;
  }

  return new Promise((resolve, reject) => {
    answer.on('data', (chunk: Buffer) => {
      waiting.push(chunk);
      if (isDecoding) return;
      isDecoding = true;
      decoding = decode();
    });
    const finish = (settle: () => void) => void decoding.then(settle);
    answer.once('end', () => finish(resolve));
    answer.once('error', (error) => finish(() => reject(error)));
    answer.once('close', () =>
      finish(() => (answer.complete ? resolve() : reject(new Error('the event stream broke')))),
    );
  });
}

function eventOf(line: Buffer | null, unreadable: (what: string) => void): EngineEvent | null {
  try {
    if (line === null) throw new TypeError(`a line longer than ${LINE_MOST} bytes`);
    return decodeEvent(line.toString('utf8'));
  } catch (error) {
    unreadable(error instanceof Error ? error.message.slice(0, 200) : 'not an event');
    return null;
  }
}
