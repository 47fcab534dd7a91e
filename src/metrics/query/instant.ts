import { TidewatchError } from '../../model/errors.ts';
import { parseDuration } from '../../runtime/duration.ts';
import { fromIso } from '../../runtime/iso.ts';

/** An instant as people and programs name it: epoch ms, ISO 8601, `now`, `now-24h`, or `24h` for so long ago. */
export type InstantText = number | string;

/** The largest instant a Date can hold, epoch ms (ECMA-262 §21.4.1.1). */
const LAST_INSTANT = 8.64e15;
/** Date.parse alone would take much more, and guess. */
const ISO_FORM = /^\d{4}-\d\d-\d\d([Tt ]\d\d:\d\d(:\d\d(\.\d+)?)?([Zz]|[+-]\d\d:?\d\d)?)?$/;

/** Epoch ms of an instant. Throws `bad_request` naming `what`, the parameter it came from. */
export function readInstant(given: InstantText, what: string, now: number): number {
  const at = typeof given === 'number' ? given : instantOf(given.trim(), now);
  if (at !== undefined && at >= 0 && at <= LAST_INSTANT) return Math.floor(at);
  const shown = String(given).slice(0, 64);
  throw new TidewatchError(
    'bad_request',
    `${what} ${shown}: give an ISO 8601 instant, epoch milliseconds, now, or as in now-24h`,
  );
}

function instantOf(text: string, now: number): number | undefined {
  if (text.length > 64) return undefined;
  if (/^\d+$/.test(text)) return Number(text);
  if (text === 'now') return now;
  const ago = parseDuration(text.replace(/^now\s*-\s*/, ''));
  if (ago !== undefined) return now - ago;
  return ISO_FORM.test(text) ? (fromIso(text) ?? undefined) : undefined;
}

/** Milliseconds of a duration above 0, as in `30m` or `7d`. Throws `bad_request` naming `what`. */
export function readSpan(given: string | number, what: string): number {
  const span = parseDuration(given);
  if (span !== undefined && span > 0) return span;
  throw new TidewatchError(
    'bad_request',
    `${what} ${String(given).slice(0, 64)}: give a duration as in 30m, 24h or 7d`,
  );
}
