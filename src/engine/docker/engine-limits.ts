/** How long the engine may take, and how much it may answer. */
export interface EngineLimits {
  /** The whole of `connect()`, ms. */
  readonly connectMs: number;
  readonly pingMs: number;
  /** Until the list begins, and for each silence while it comes, ms; the whole list may take six times as long. */
  readonly listMs: number;
  /** One inspect once it has its place in the pool, ms. */
  readonly inspectMs: number;
  /** Until the engine takes the event subscription, ms. The stream itself has no limit: silence is normal. */
  readonly subscribeMs: number;
  /** Inspects under way at once: one hung container must not block the others, nor may we flood the engine. */
  readonly inspectsAtOnce: number;
  /** One question for the usage of a container once it has its place, ms. Old engines take up to two seconds for it. */
  readonly statsMs: number;
  /** Questions for usage under way at once, where the engine takes a sample for each. */
  readonly statsAtOnce: number;
  /** The same where it takes all samples asked for in one pass a second: a limit of sockets only. */
  readonly statsTogether: number;
  /** One question for sizes on disk, ms: the engine walks through all files. */
  readonly diskMs: number;
  /**
   * Bytes of events that may wait to be decoded. The engine is never made to wait (one slow reader delays all of its
   * users), so what cannot be kept breaks the watch instead: the caller subscribes and lists again.
   */
  readonly eventBacklogBytes: number;
}

export const ENGINE_LIMITS: EngineLimits = Object.freeze({
  connectMs: 3_000,
  pingMs: 3_000,
  listMs: 10_000,
  inspectMs: 3_000,
  subscribeMs: 10_000,
  inspectsAtOnce: 4,
  diskMs: 120_000,
  statsMs: 10_000,
  statsAtOnce: 5,
  statsTogether: 256,
  // 200,000 events of 320 bytes, or 320 with labels of 200 kB: a burst of that size is decoded in about a second.
  eventBacklogBytes: 64 * 1024 * 1024,
});

/** The whole list may take so many times `listMs`. */
export const LIST_LIMITS_IN_ALL = 6;

/** Time given to our own work before the event loop gets its turn, ms. */
export const SLICE_MS = 4;
