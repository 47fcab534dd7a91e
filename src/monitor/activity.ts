import { USAGE } from '../engine/usage.ts';
import { HABIT, type Habit, type Ledger } from './figures.ts';

/** What shows that a container is worked in. */
export const ACTIVITY_KINDS = ['cpu', 'network', 'disk', 'processes'] as const;
export type ActivityKind = (typeof ACTIVITY_KINDS)[number];

/** Told for each activity: what rose (percent of a core, bytes a second, processes), how high, and what is usual. */
export type ActivitySink = (kind: ActivityKind, value: number, usual: number) => void;

/** Levels are taken over windows of at least this length, so that a faster pace does not see higher peaks. */
const WINDOW_MS = 10_000;
/** Readings at the same distance come a little early now and then. */
const EARLY_MS = 500;
/** In the first windows it is only learnt what is usual. */
const LEARNING_WINDOWS = 6;

/** Where a stream stands between hum and work. */
interface Stream {
  readonly kind: ActivityKind;
  readonly habits: Readonly<Record<'Base' | 'Last' | 'Floor' | 'Crest' | 'PeakAt' | 'PeakGap' | 'Streak', number>>;
  /** Steps of the counter in a ms → level. */
  readonly scale: number;
  /** Less than this above the floor is never activity. */
  readonly least: number;
  /** What regular peaks, and what the floor, may grow to at most: more is activity however usual it is. */
  readonly crestMost: number;
  readonly floorMost: number;
  counter(ledger: Ledger): number;
}

function habitsOf(stream: 'cpu' | 'network' | 'disk'): Stream['habits'] {
  const of = (name: string) => HABIT[`${stream}${name}` as Habit];
  return {
    Base: of('Base'),
    Last: of('Last'),
    Floor: of('Floor'),
    Crest: of('Crest'),
    PeakAt: of('PeakAt'),
    PeakGap: of('PeakGap'),
    Streak: of('Streak'),
  };
}

const KB = 1024;
const STREAMS: readonly Stream[] = [
  {
    kind: 'cpu',
    habits: habitsOf('cpu'),
    scale: 100 / 1e6,
    least: 1,
    crestMost: 10,
    floorMost: 25,
    counter: (ledger) => ledger[USAGE.cpuNs] as number,
  },
  {
    kind: 'network',
    habits: habitsOf('network'),
    scale: 1e3,
    least: 0.5 * KB,
    crestMost: 64 * KB,
    floorMost: 256 * KB,
    counter: (ledger) => (ledger[USAGE.networkRxBytes] as number) + (ledger[USAGE.networkTxBytes] as number),
  },
  {
    kind: 'disk',
    habits: habitsOf('disk'),
    scale: 1e3,
    least: 4 * KB,
    crestMost: KB * KB,
    floorMost: 4 * KB * KB,
    counter: (ledger) => (ledger[USAGE.diskReadBytes] as number) + (ledger[USAGE.diskWriteBytes] as number),
  },
];

/** An activity counts when it is that much higher than usual peaks. */
const OVER_CREST = 1.5;
/** So many peaks at equal distances are a clock's work (health checks, cron), not somebody's. */
export const REGULAR_STREAK = 3;
export const REGULAR_RATIO = 0.2;

// Shares by which what is usual moves towards a window's level, per window of 10 s. Regular peaks are learnt within
// minutes; irregular ones only over hours (1 / 0.002 windows), since people are irregular too; work hardly lifts the floor
// (the same), so that a long build stays work; what is forgotten takes three hours (1 / 0.001).
const LEARN_EARLY = 0.3;
const LEARN_REGULAR = 0.3;
const LEARN_IRREGULAR = 0.002;
const FORGET = 0.001;
const FLOOR_UP = 0.05;
const FLOOR_UP_AT_WORK = 0.002;
const FLOOR_DOWN = 0.1;

/**
 * Looks at a reading that was taken into the ledger at `at` (monotonic ms). Activity is a level above the container's own
 * habit: its floor and the height of its usual peaks. Background hum (health checks, scrapes, an idle server) is not activity.
 */
export function noticeActivity(ledger: Ledger, at: number, sink: ActivitySink): void {
  const elapsed = at - (ledger[HABIT.windowAt] as number);
  if (elapsed < WINDOW_MS - EARLY_MS) return;
  const windows = (ledger[HABIT.windows] as number) || 0;
  const isFirst = Number.isNaN(elapsed);
  for (const stream of STREAMS) {
    const { habits } = stream;
    const counter = stream.counter(ledger);
    const step = counter - (ledger[habits.Base] as number);
    ledger[habits.Base] = counter;
    if (!isFirst && step >= 0) judge(ledger, { stream, level: (step / elapsed) * stream.scale, at, windows, sink });
  }
  noticeProcesses(ledger, windows, sink);
  ledger[HABIT.windowAt] = at;
  ledger[HABIT.windows] = isFirst ? 0 : windows + 1;
}

/** The machine slept, or the counters began anew: levels over the pause would say nothing; habits stay. */
export function restartWindow(ledger: Ledger): void {
  ledger[HABIT.windowAt] = Number.NaN;
}

interface Window {
  readonly stream: Stream;
  readonly level: number;
  readonly at: number;
  readonly windows: number;
  readonly sink: ActivitySink;
}

function judge(ledger: Ledger, { stream, level, at, windows, sink }: Window): void {
  const { habits, least, crestMost, floorMost, kind } = stream;
  const floor = ledger[habits.Floor] as number;
  if (Number.isNaN(floor)) {
    ledger[habits.Floor] = Math.min(level, floorMost);
    ledger[habits.Crest] = 0;
    ledger[habits.Last] = level;
    ledger[habits.Streak] = 0;
    return;
  }
  const crest = ledger[habits.Crest] as number;
  const usual = floor + Math.max(least, crest * OVER_CREST);
  const isLearning = windows <= LEARNING_WINDOWS;
  const isActive = isLearning ? level > floorMost + crestMost : level > usual;
  if (isActive) sink(kind, level, floor + crest);
  const last = ledger[habits.Last] as number;
  learnFloor(ledger, stream, { level, last, floor, isLearning, isOver: level > usual });
  learnCrest(ledger, stream, { level, last, floor, isLearning, at });
  ledger[habits.Last] = level;
}

interface Lesson {
  readonly level: number;
  readonly last: number;
  readonly floor: number;
  readonly isLearning: boolean;
}

function learnFloor(
  ledger: Ledger,
  { habits, floorMost }: Stream,
  lesson: Lesson & { readonly isOver: boolean },
): void {
  const { level, last, floor, isLearning, isOver } = lesson;
  let next = floor;
  if (isLearning) next = Math.min(floor, level);
  else if (level > floor) next += (level - floor) * (isOver ? FLOOR_UP_AT_WORK : FLOOR_UP);
  // One low window alone (the container was frozen, a reading came late) says nothing.
  else next += Math.min(0, Math.max(level, last) - floor) * FLOOR_DOWN;
  ledger[habits.Floor] = Math.min(next, floorMost);
}

function learnCrest(ledger: Ledger, stream: Stream, lesson: Lesson & { readonly at: number }): void {
  const { habits, least, crestMost } = stream;
  const { level, last, floor, isLearning, at } = lesson;
  const crest = ledger[habits.Crest] as number;
  const height = Math.min(level - floor, crestMost);
  if (height <= least) {
    ledger[habits.Crest] = crest * (1 - FORGET);
    return;
  }
  const isOnset = last - floor <= least;
  const isRegular = isOnset && isRegularPeak(ledger, stream, at);
  const irregularMost = crestMost / 2;
  if (isRegular) ledger[habits.Crest] = crest + Math.max(0, height - crest) * LEARN_REGULAR;
  else
    ledger[habits.Crest] =
      crest + Math.max(0, Math.min(height, irregularMost) - crest) * (isLearning ? LEARN_EARLY : LEARN_IRREGULAR);
}

/** Notes a peak that begins; gives whether it came as the ones before did. */
function isRegularPeak(ledger: Ledger, { habits }: Stream, at: number): boolean {
  const gap = at - (ledger[habits.PeakAt] as number);
  const before = ledger[habits.PeakGap] as number;
  const isLikeBefore = Math.abs(gap - before) <= before * REGULAR_RATIO;
  const streak = isLikeBefore ? (ledger[habits.Streak] as number) + 1 : 0;
  ledger[habits.PeakAt] = at;
  ledger[habits.PeakGap] = gap;
  ledger[habits.Streak] = streak;
  return streak >= REGULAR_STREAK;
}

/** By how much the range of usual process counts shrinks towards the present one, per window. */
const PIDS_FORGET = 0.01;

/**
 * A count outside the usual range in two windows in a row: a health check that happens to run is seen once. What starts and
 * ends while it is learnt is the container's own beginning.
 */
function noticeProcesses(ledger: Ledger, windows: number, sink: ActivitySink): void {
  const pids = ledger[USAGE.pids] as number;
  const before = ledger[HABIT.pidsLast] as number;
  ledger[HABIT.pidsLast] = pids;
  if (Number.isNaN(pids)) return;
  const low = ledger[HABIT.pidsLow] as number;
  const high = ledger[HABIT.pidsHigh] as number;
  if (Number.isNaN(low)) {
    ledger[HABIT.pidsLow] = pids;
    ledger[HABIT.pidsHigh] = pids;
    return;
  }
  const isBelow = pids < low - 0.5 && before < low - 0.5;
  const isAbove = pids > high + 0.5 && before > high + 0.5;
  if ((isBelow || isAbove) && windows > LEARNING_WINDOWS) sink('processes', pids, isBelow ? low : high);
  const isSettled = isBelow || isAbove || (pids >= low && pids <= high);
  ledger[HABIT.pidsLow] = isBelow ? pids : low + (isSettled ? Math.max(0, pids - low) * PIDS_FORGET : 0);
  ledger[HABIT.pidsHigh] = isAbove ? pids : high + (isSettled ? Math.min(0, pids - high) * PIDS_FORGET : 0);
}
