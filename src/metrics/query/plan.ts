import { TidewatchError } from '../../model/errors.ts';
import { TIERS, type Tier } from '../series-store.ts';
import { equalEdges } from './downsample.ts';
import { type InstantText, readInstant } from './instant.ts';

export interface RangeRequest {
  /** From inclusive, to exclusive. */
  readonly from: InstantText;
  readonly to: InstantText;
  /** 1 to 10,000. */
  readonly maxPoints: number;
}

/** What is there to be asked. */
export interface Kept {
  readonly now: number;
  /** How long each tier is kept, ms. */
  readonly retention: Readonly<Record<Tier, number>>;
  /** How often samples are taken, ms: no bucket is narrower. */
  readonly sampleMs: number;
  /** Where the day of an instant begins in the configured time zone, both epoch ms. */
  startOfDay(at: number): number;
}

/** How a question about history is answered. */
export interface QueryPlan {
  /** Where it is read from. */
  readonly tier: Tier;
  /** What was asked for, epoch ms. */
  readonly from: number;
  readonly to: number;
  /** Width of a bucket; of days: of one that has no change of clocks. */
  readonly stepMs: number;
  /** Where buckets begin, and where the last one ends. They cover the range, and begin and end where windows of the tier do. */
  readonly edges: Float64Array;
}

const [SECOND, MINUTE, HOUR, DAY] = [1_000, 60_000, 3_600_000, 86_400_000] as const;
/** Each divides the day, so that buckets begin at round times. */
const STEPS: readonly number[] = [
  ...[1, 2, 5, 10, 15, 30].map((seconds) => seconds * SECOND),
  ...[1, 2, 5, 10, 15, 30].map((minutes) => minutes * MINUTE),
  ...[1, 2, 3, 6, 12].map((hours) => hours * HOUR),
];
const DAY_STEPS: readonly number[] = [1, 2, 7, 14, 28, 91, 364];
/** Width of a tier's windows; samples may begin anywhere. */
const WIDTH: Readonly<Record<Tier, number>> = { raw: 1, minute: MINUTE, hour: HOUR, day: DAY };

export const MAX_POINTS = 10_000;
/** More than history is long, and 37 thousand days are counted in no time. */
const LONGEST_MS = 100 * 366 * DAY;
/** With fewer buckets a range that lies across an edge would need a much wider step: they begin where the range begins. */
const FEW_POINTS = 10;
/** A range of so many windows of a tier is held by them to one in a hundred. */
const LEAST_WINDOWS = 100;

/**
 * The narrowest nice step that gives at most `maxPoints` buckets, read from the coarsest tier that is as fine as that and still
 * kept where the range begins; where none is, the step of the finest one that is kept. When the range begins before all that is
 * kept, the tier that is kept longest. Throws `bad_request`.
 */
export function planQuery(request: RangeRequest, kept: Kept): QueryPlan {
  const range = readRange(request, kept.now);
  const reachable = keptTiers(range.from, kept);
  const few = request.maxPoints < FEW_POINTS;
  for (const stepMs of STEPS) {
    const tier = coarsest(reachable, stepMs);
    if (tier === undefined || stepMs < Math.min(kept.sampleMs, HOUR)) continue;
    const align = few ? WIDTH[tier] : stepMs;
    const from = Math.floor(range.from / align) * align;
    const count = Math.ceil((range.to - from) / stepMs);
    if (count <= request.maxPoints) return { ...range, tier, stepMs, edges: equalEdges({ from, stepMs, count }) };
  }
  const parts = few ? equalParts(range, request.maxPoints, reachable) : undefined;
  return parts ?? planDays(request.maxPoints, range, { kept, tier: coarsest(reachable, DAY) ?? 'day' });
}

/** Few buckets of some days: whole days of the calendar would hold up to twice what was asked for. */
function equalParts(
  range: { readonly from: number; readonly to: number },
  parts: number,
  reachable: readonly Tier[],
): QueryPlan | undefined {
  const length = range.to - range.from;
  const tier = coarsest(reachable, length / LEAST_WINDOWS);
  if (tier === undefined || length > FEW_POINTS * DAY) return undefined;
  const from = Math.floor(range.from / WIDTH[tier]) * WIDTH[tier];
  const stepMs = Math.ceil((range.to - from) / parts / WIDTH[tier]) * WIDTH[tier];
  return { ...range, tier, stepMs, edges: equalEdges({ from, stepMs, count: Math.ceil((range.to - from) / stepMs) }) };
}

/** Throws `bad_request` when it is reversed, empty, unreadable or longer than a century, or `maxPoints` is not 1 to 10,000. */
function readRange({ from, to, maxPoints }: RangeRequest, now: number): { readonly from: number; readonly to: number } {
  if (!Number.isInteger(maxPoints) || maxPoints < 1 || maxPoints > MAX_POINTS) {
    throw new TidewatchError('bad_request', `maxPoints ${maxPoints}: give a whole number from 1 to ${MAX_POINTS}`);
  }
  const range = { from: readInstant(from, 'from', now), to: readInstant(to, 'to', now) };
  if (range.from >= range.to) {
    const problem = range.from === range.to ? 'is the same instant as' : 'is later than';
    throw new TidewatchError('bad_request', `from ${from} ${problem} to ${to}: give an earlier from`);
  }
  if (range.to - range.from > LONGEST_MS) {
    throw new TidewatchError('bad_request', `from ${from} to ${to}: give a range of at most 100 years`);
  }
  return range;
}

/** Those that reach back to an instant, or as far as any does. */
function keptTiers(from: number, { now, retention }: Kept): readonly Tier[] {
  const oldest = now - Math.max(...TIERS.map((tier) => retention[tier]));
  return TIERS.filter((tier) => now - retention[tier] <= Math.max(from, oldest));
}

function coarsest(tiers: readonly Tier[], stepMs: number): Tier | undefined {
  return tiers.findLast((tier) => WIDTH[tier] <= stepMs);
}

function planDays(
  maxPoints: number,
  range: { readonly from: number; readonly to: number },
  { kept, tier }: { readonly kept: Kept; readonly tier: Tier },
): QueryPlan {
  const starts = [kept.startOfDay(range.from)];
  for (let last = starts[0] as number; last < range.to; starts.push(last)) last = nextDay(last, kept);
  const days = starts.length - 1;
  const step = DAY_STEPS.find((each) => Math.ceil(days / each) <= maxPoints) ?? Math.ceil(days / maxPoints);
  const edges = starts.filter((_, index) => index % step === 0);
  if (days % step !== 0) edges.push(starts[days] as number);
  // Hours of UTC are no part of the days of zones that are not whole hours from it.
  const fits = tier !== 'hour' || edges.every((edge) => edge % HOUR === 0);
  return { ...range, tier: fits ? tier : 'day', stepMs: step * DAY, edges: Float64Array.from(edges) };
}

/** Days are 23 to 25 hours, seldom a little more or less: 36 hours on it is always tomorrow. */
function nextDay(start: number, kept: Kept): number {
  return kept.startOfDay(start + 1.5 * DAY);
}
