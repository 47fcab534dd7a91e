import type { Engine, EngineEvent, EngineInfo } from '../engine/engine.ts';
import type { ContainerSign } from '../model/container.ts';
import type { Clock } from '../runtime/clock.ts';
import type { ContainerSigns } from './container-signs.ts';
import type { SeenEvents } from './seen-events.ts';

/** What the engine still remembers from before the live stream began. */
export interface Replay {
  readonly events: readonly EngineEvent[];
  /** Nothing between the last event seen and the live stream can be missing. Always `false` for the first look. */
  readonly isContiguous: boolean;
}

/** Events within this time of the last one seen may stand before it in the engine's memory (measured: 24 ms). */
const OVERLAP_NS = 2_000_000_000n;

/** How far back the first look asks why things are as they are; Docker remembers 256 events at most anyway. */
const HISTORY_MS = 3_600_000;

/** The engine answers from memory; longer means that it waits for the future, as after a step of its clock. */
const LIMIT_MS = 5_000;

/** Podman replays from its journal; more than the newest of this is not needed to understand the present. */
const MOST_EVENTS = 20_000;

/** The engine's clock is behind the last event it told: it was set back, and its memory cannot be searched. */
const SET_BACK_MS = 2_000;

interface ReplayParts {
  readonly engine: Engine;
  readonly clock: Clock;
  readonly seen: SeenEvents;
  readonly signs: ContainerSigns;
}

/** Asks for the events between the last one seen and now; proves that none is missing by meeting that one again. */
export async function readReplay(parts: ReplayParts, info: EngineInfo, signal: AbortSignal): Promise<Replay> {
  const { last } = parts.seen;
  if (last === null) {
    const events = await collect(parts, { since: info.serverTime - HISTORY_MS, until: info.serverTime }, signal);
    return { events, isContiguous: false };
  }
  if (last.at > info.serverTime + SET_BACK_MS) return { events: [], isContiguous: false };
  const since = (BigInt(last.timeNano) - OVERLAP_NS).toString();
  const until = Math.max(info.serverTime, Math.ceil(last.at));
  const events = await collect(parts, { since, until }, signal);
  return { events, isContiguous: parts.seen.meetsLast(events) };
}

async function collect(
  { engine, clock, signs }: ReplayParts,
  window: { since: number | string; until: number },
  signal: AbortSignal,
): Promise<EngineEvent[]> {
  const collected: EngineEvent[] = [];
  const limit = new AbortController();
  const cancel = clock.setTimer(LIMIT_MS, () => limit.abort());
  const onEvents = (events: readonly EngineEvent[]) => {
    collected.push(...events);
    if (collected.length > 2 * MOST_EVENTS) collected.splice(0, collected.length - MOST_EVENTS);
  };
  const onSigns = (told: readonly ContainerSign[]) => signs.take(told);
  try {
    await engine.watch({ ...window, onEvents, onSigns, signal: AbortSignal.any([signal, limit.signal]) });
  } finally {
    cancel();
  }
  return collected;
}
