import { refuseOption } from '../../model/errors.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;
/** Ramadan, for which some zones leave summer time, takes four weeks. */
const SPAN_MS = 8 * DAY_MS;

/** Half-open windows that cover all time without a gap, each beginning where the one before ends. Instants are epoch ms. */
export interface Windows {
  /** Where the window begins in which an instant lies. */
  startOf(at: number): number;
  /** Where it ends. */
  endOf(at: number): number;
}

/** Epoch ms: from inclusive, to exclusive. */
export interface Window {
  readonly from: number;
  readonly to: number;
}

export const MINUTES: Windows = aligned(MINUTE_MS);
/** By UTC, also where local hours begin at a quarter or at half past. */
export const HOURS: Windows = aligned(HOUR_MS);

/** The windows that overlap a range, in order; the first and the last may reach out of it. */
export function* windowsOver(windows: Windows, { from, to }: Window): Generator<Window> {
  for (let start = windows.startOf(from); start < to; ) {
    const end = windows.endOf(start);
    yield { from: start, to: end };
    start = end;
  }
}

/**
 * The days of a time zone (IANA name): each begins at local midnight, or, where clocks skip that, at the first instant of the day. Days
 * on which clocks change have 23 or 25 hours or others; one that a zone left out has no window. Throws `config_invalid` for an unknown zone.
 */
export function dayWindows(timeZone: string): Windows {
  const offsetOf = zoneOffsets(timeZone);
  const starts = new Map<number, number>();
  const startOfDay = (day: number): number => {
    const known = starts.get(day);
    if (known !== undefined) return known;
    if (starts.size >= MOST_KNOWN) starts.clear();
    const start = findStart(day, offsetOf);
    starts.set(day, start);
    return start;
  };
  let last: Window & { readonly day: number } = { from: 0, to: 0, day: 0 };
  const find = (at: number): Window => {
    if (at >= last.from && at < last.to) return last;
    // Most who ask go from day to day.
    let day = at >= last.to && at < last.to + DAY_MS && last.to > 0 ? last.day + 1 : Math.floor(at / DAY_MS) - 1;
    while (startOfDay(day + 1) <= at) day += 1;
    last = { from: startOfDay(day), to: startOfDay(day + 1), day };
    return last;
  };
  return { startOf: (at) => find(at).from, endOf: (at) => find(at).to };
}

/** Days remembered of a zone: eleven years. */
const MOST_KNOWN = 4_096;

/** Local clocks are 12 hours behind UTC (Baker Island; in the past nearly 16, Manila) to 14 before (Kiritimati; Alaska 15). */
const MOST_OFFSET_MS = 16 * HOUR_MS;

function aligned(widthMs: number): Windows {
  const startOf = (at: number) => Math.floor(at / widthMs) * widthMs;
  return { startOf, endOf: (at) => startOf(at) + widthMs };
}

/** The first instant whose local date is a day (counted from 1970-01-01) or a later one. */
function findStart(day: number, offsetOf: (at: number) => number): number {
  const midnight = day * DAY_MS;
  const from = midnight - MOST_OFFSET_MS;
  const to = midnight + MOST_OFFSET_MS;
  const [before, after] = [offsetOf(from), offsetOf(to)];
  if (before === after) return midnight - before;
  const change = findChange({ from, to }, offsetOf);
  return midnight - before < change ? midnight - before : Math.max(change, midnight - after);
}

/** The instant at which clocks change in a time in which they do once, to the second. */
function findChange({ from, to }: Window, offsetOf: (at: number) => number): number {
  const before = offsetOf(from);
  let [low, high] = [from / 1_000, to / 1_000];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (offsetOf(middle * 1_000) === before) low = middle;
    else high = middle;
  }
  return high * 1_000;
}

/**
 * How far local time is ahead of UTC at an instant, ms. To ask takes long, so it is asked at the ends of spans, and within one only
 * where they differ: no zone changes its clocks and changes them back in so few days. Throws `config_invalid` for an unknown zone.
 */
export function zoneOffsets(timeZone: string): (at: number) => number {
  const format = offsetFormat(timeZone);
  const known = new Map<number, number>();
  const atSpan = (span: number): number => {
    const offset = known.get(span) ?? readOffset(format, span * SPAN_MS);
    if (known.size >= MOST_KNOWN) known.clear();
    known.set(span, offset);
    return offset;
  };
  return (at) => {
    const span = Math.floor(at / SPAN_MS);
    const offset = atSpan(span);
    return offset === atSpan(span + 1) ? offset : readOffset(format, at);
  };
}

function readOffset(format: Intl.DateTimeFormat, at: number): number {
  const [, sign, hours = 0, minutes = 0, seconds = 0] =
    /GMT(?:([+-])(\d+):(\d+)(?::(\d+))?)?$/.exec(format.format(at)) ?? [];
  const offset = (Number(hours) * 60 + Number(minutes)) * MINUTE_MS + Number(seconds) * 1_000;
  return sign === '-' ? -offset : offset;
}

function offsetFormat(timeZone: string): Intl.DateTimeFormat {
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' });
  } catch {
    return refuseOption(
      `timeZone must be the name of a time zone, as in "Europe/Berlin"; got ${JSON.stringify(timeZone)}`,
    );
  }
}
