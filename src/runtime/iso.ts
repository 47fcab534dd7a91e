/** Largest instant a Date can hold, epoch ms (ECMA-262 §21.4.1.1). */
const MAX_INSTANT = 8.64e15;

/** Epoch ms → ISO 8601 UTC. An instant beyond what a Date holds is clamped instead of thrown at the reader. */
export function toIso(at: number): string {
  return new Date(Math.max(-MAX_INSTANT, Math.min(MAX_INSTANT, Math.round(at)))).toISOString();
}

/** The same, `null` for `null`. */
export function toIsoOrNull(at: number | null): string | null {
  return at === null ? null : toIso(at);
}

/** ISO 8601 (also with nanoseconds, as Docker writes them) → epoch ms; `null` when unreadable or Go's zero time. */
export function fromIso(text: string): number | null {
  const at = Date.parse(text);
  return Number.isNaN(at) || text.startsWith('0001-01-01') ? null : at;
}

/** Epoch ms → the form of HTTP's `Date` header (RFC 9110 §5.6.7), whole seconds. */
export function toHttpDate(at: number): string {
  return new Date(Math.floor(at / 1000) * 1000).toUTCString();
}

/** How far the machine's time zone is ahead of UTC at an instant, ms. */
export function localOffset(at: number): number {
  return new Date(at).getTimezoneOffset() * -60_000;
}
