import type { EventGap } from '../api/contract/event-schemas.ts';
import { type EventType, isEventType, type TidewatchEvent } from '../model/events.ts';
import type { ClientOptions } from './client-request.ts';
import { decodeFrame, type MetricsFrame } from './metrics-stream.ts';
import type { ServerSentEvent } from './server-sent-events.ts';
import { type ConnectionOptions, readStream } from './stream-connection.ts';

export interface StreamOptions extends ConnectionOptions {
  /** Only events after this sequence number; from now on unless given. */
  readonly after?: number;
  readonly types?: readonly EventType[];
  /** Only events of this workspace. */
  readonly workspace?: string;
  /** Events with these sequence numbers can no longer be given: read again what depends on them. */
  readonly onGap?: (gap: EventGap) => void;
  /** Called each second with what workspaces use, over the same connection; the daemon then reads them as often. */
  readonly onMetrics?: (frame: MetricsFrame) => void;
}

/**
 * Events as they happen, without hole or duplicate: a lost connection is made again and resumes. Ends when a signal aborts.
 * Throws what trying again cannot mend (`unauthorized`, `bad_request`), and `daemon_unreachable` the first time.
 */
export async function* streamEvents(
  options: ClientOptions,
  stream: StreamOptions,
): AsyncGenerator<TidewatchEvent, void> {
  const { types, workspace, onGap, onMetrics } = stream;
  const metrics = onMetrics && true;
  let cursor = stream.after;
  let isFirstFrame = true;
  for await (const block of readStream(options, stream, () => ({
    ...{ after: cursor, types: types?.join(','), workspace, metrics },
  }))) {
    if (block === 'open') {
      isFirstFrame = true;
      continue;
    }
    cursor = sequenceOf(block) ?? cursor;
    const { name, data } = block;
    if (data === undefined) continue;
    const value: unknown = JSON.parse(data);
    if (name === 'metrics') {
      const frame = decodeFrame(value, isFirstFrame);
      isFirstFrame = false;
      if (frame !== undefined) onMetrics?.(frame);
    } else if (name === 'gap') takeGap(value, onGap);
    else if (name === undefined && isKnownEvent(value)) yield value;
  }
}

function takeGap(value: unknown, onGap: StreamOptions['onGap']): void {
  if (typeof value !== 'object' || value === null || !('from' in value && 'to' in value)) return;
  onGap?.({ from: Number(value.from), to: Number(value.to) });
}

/** Types of a newer daemon mean nothing to this program. */
function isKnownEvent(value: unknown): value is TidewatchEvent {
  if (typeof value !== 'object' || value === null || !('type' in value)) return false;
  return typeof value.type === 'string' && isEventType(value.type);
}

function sequenceOf({ id }: ServerSentEvent): number | undefined {
  return id !== undefined && /^\d{1,16}$/.test(id) ? Number(id) : undefined;
}
