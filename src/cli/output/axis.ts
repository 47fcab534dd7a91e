import { toIso } from '../../runtime/iso.ts';
import { formatBytes } from '../../runtime/quantity.ts';

/** What the figures of an axis are; decides where its marks are and how they read. */
export type AxisUnit = 'percent' | 'bytes' | 'bytes/s' | 'count' | 'ratio';

/** An axis from `low` to `high`, both round. */
export interface Scale {
  readonly low: number;
  readonly high: number;
  /** Between marks. */
  readonly step: number;
}

/** The smallest axis with round marks, some `marks` of them, that holds both values. Of bytes, round is a power of 2. */
export function niceScale(range: readonly [least: number, most: number], marks: number, unit: AxisUnit): Scale {
  const low = Math.min(0, range[0]);
  const most = range[1] > low ? range[1] : low + 1;
  const step = niceStep((most - low) / Math.max(1, marks), unit);
  return { low: Math.floor(low / step) * step, high: Math.ceil(most / step) * step, step };
}

/** 1, 2 or 5 times a power of 10 (Heckbert 1990, "Nice numbers for graph labels", Graphics Gems); of bytes a power of 2. */
function niceStep(rough: number, unit: AxisUnit): number {
  if (unit === 'bytes' || unit === 'bytes/s') return 2 ** Math.ceil(Math.log2(Math.max(1, rough)));
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].find((each) => each * power >= rough * (1 - 1e-9)) ?? 10;
  const nice = step * power;
  return unit === 'count' ? Math.max(1, nice) : nice;
}

const TIME_STEPS_MS = [1, 5, 15, 30, 60, 180, 360, 720, 1_440, 2_880, 10_080, 40_320, 120_960, 525_600].map(
  (minutes) => minutes * 60_000,
);
const DAY_MS = 86_400_000;

/** How a time zone writes instants (epoch ms) on an axis. */
export interface LocalTime {
  /** How far it is ahead of UTC at an instant, ms. */
  offset(at: number): number;
}

export interface TimeMark {
  readonly at: number;
  readonly text: string;
}

/** Marks at round local times, at most so many: `14:30`, at midnight and of longer ranges `11-20`, of years `2026-11`. */
export function timeMarks(
  from: number,
  to: number,
  { most, zone }: { readonly most: number; readonly zone: LocalTime },
): TimeMark[] {
  const step =
    TIME_STEPS_MS.find((each) => (to - from) / each <= most) ?? Math.ceil((to - from) / most / DAY_MS) * DAY_MS;
  const local = from + zone.offset(from);
  const marks: TimeMark[] = [];
  for (let next = Math.ceil(local / step) * step; next - local <= to - from; next += step) {
    // What is a round local time after a change of clocks is at another distance from the one before it.
    const at = next - zone.offset(next - zone.offset(from));
    if (at >= from && at < to && marks.length < most) marks.push({ at, text: timeText(next, step) });
  }
  return marks;
}

function timeText(local: number, step: number): string {
  const iso = toIso(local);
  if (step > 35 * DAY_MS) return iso.slice(0, 7);
  return step >= DAY_MS || iso.slice(11, 16) === '00:00' ? iso.slice(5, 10) : iso.slice(11, 16);
}

/** A figure as it stands beside a mark: as many digits as the marks need to differ. */
export function markText(value: number, { step }: Scale, unit: AxisUnit): string {
  if (unit === 'bytes') return formatBytes(value);
  if (unit === 'bytes/s') return `${formatBytes(value)}/s`;
  const digits = Math.min(20, Math.max(0, -Math.floor(Math.log10(step) + 1e-9)));
  const text = Math.abs(value) < 1e15 ? value.toFixed(digits) : value.toExponential(1);
  return unit === 'percent' ? `${text} %` : text;
}
