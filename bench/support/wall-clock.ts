const TICKS = 20;

/**
 * The wall clock in ms with microseconds: `Date.now()` counts whole ones. The offset of the fine clock is read at the
 * instant at which the coarse one ticks; the earliest of some ticks is the truest.
 */
export function createWallClock(): () => number {
  let offset = Number.NEGATIVE_INFINITY;
  for (let tick = 0; tick < TICKS; tick += 1) {
    const before = Date.now();
    let now = before;
    while (now === before) now = Date.now();
    offset = Math.max(offset, now - performance.now());
  }
  return () => performance.now() + offset;
}
