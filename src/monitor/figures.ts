import { USAGE_FIELDS, type UsageField, type UsageFrame } from '../engine/usage.ts';

/** What is derived from the readings of one container. `NaN` where it is not known. */
export const FIGURE_FIELDS = [
  /** Percent of one core. */
  'cpu',
  'cpuUser',
  'cpuSystem',
  /** Percent of the container's CPU limit, or of one core where it has none. */
  'cpuOfLimit',
  /** Share of the CFS periods in which it was throttled. */
  'cpuThrottled',
  /** Bytes as `docker stats` shows them: charged less inactive page cache (what Kubernetes calls the working set). */
  'memory',
  /** Bytes; the memory of the host where nothing less limits it. */
  'memoryLimit',
  'memoryPercent',
  /** Bytes a second. */
  'networkRx',
  'networkTx',
  'diskRead',
  'diskWrite',
  'pids',
  /** Share of the time in which some task waited. */
  'cpuPressure',
  'memoryPressure',
  'ioPressure',
] as const;

export type Figure = (typeof FIGURE_FIELDS)[number];

type RateField = readonly [Figure, UsageField];

/** Rates, and the counters they come from: what every reading has; what a cheap one of a sleeper leaves out; what every cheap one does. */
const TRAFFIC_RATE_FIELDS = [
  ['networkRx', 'networkRxBytes'],
  ['networkTx', 'networkTxBytes'],
  ['diskRead', 'diskReadBytes'],
  ['diskWrite', 'diskWriteBytes'],
] as const satisfies readonly RateField[];
export const RATE_FIELDS: readonly RateField[] = [
  ['cpu', 'cpuNs'],
  ...TRAFFIC_RATE_FIELDS,
  ['cpuUser', 'cpuUserNs'],
  ['cpuSystem', 'cpuSystemNs'],
  ['cpuPressure', 'cpuPressureUs'],
  ['memoryPressure', 'memoryPressureUs'],
  ['ioPressure', 'ioPressureUs'],
];
export const SLEEPER_RATES = 1;
export const CHEAP_RATES = SLEEPER_RATES + TRAFFIC_RATE_FIELDS.length;

/** Numbers that detection of activity keeps (activity.ts). */
const HABIT_FIELDS = [
  'windowAt',
  'windows',
  'pidsLow',
  'pidsHigh',
  'pidsLast',
  ...habitsOf('cpu'),
  ...habitsOf('network'),
  ...habitsOf('disk'),
] as const;
export type Habit = (typeof HABIT_FIELDS)[number];

/** What one stream (CPU, network, disk) is used to. */
function habitsOf<S extends string>(stream: S) {
  return [
    /** Counter at the beginning of the window. */
    `${stream}Base`,
    /** Level of the window before. */
    `${stream}Last`,
    `${stream}Floor`,
    /** Usual height of a peak above the floor. */
    `${stream}Crest`,
    /** When the last peak began, how long after the one before, and how many came as regularly. */
    `${stream}PeakAt`,
    `${stream}PeakGap`,
    `${stream}Streak`,
  ] as const;
}

function placesFrom<T extends string>(fields: readonly T[], first: number): Readonly<Record<T, number>> {
  return Object.freeze(Object.fromEntries(fields.map((field, index) => [field, first + index])) as Record<T, number>);
}

const AT_FIGURES = USAGE_FIELDS.length;
/** First of the counters as they were when their rates were derived last, in the order of {@link RATE_FIELDS}. */
export const AT_BASELINES = AT_FIGURES + FIGURE_FIELDS.length;
/** The same for the two counters of throttling. */
export const PERIODS_BEFORE = AT_BASELINES + RATE_FIELDS.length;
export const THROTTLED_BEFORE = PERIODS_BEFORE + 1;
/** Time between the readings since traffic was read, ms; and since all counters were. `NaN` where there is a gap. */
export const SINCE_TRAFFIC = THROTTLED_BEFORE + 1;
export const SINCE_ALL = SINCE_TRAFFIC + 1;
/** When the newest reading was made, monotonic ms; and when its source took it, by the source's clock. */
export const READ_AT = SINCE_ALL + 1;
export const TAKEN_AT = READ_AT + 1;
/** The same instant as {@link READ_AT} by the wall clock, epoch ms. */
export const SAMPLED_AT = TAKEN_AT + 1;
const AT_HABITS = SAMPLED_AT + 1;
const RUN_SIZE = AT_HABITS + HABIT_FIELDS.length;
/** Highest figures so far, over all runs. */
export const PEAK_CPU = RUN_SIZE;
export const PEAK_MEMORY = RUN_SIZE + 1;
const SIZE = RUN_SIZE + 2;

/** Place of each figure in a ledger. */
export const FIGURE = placesFrom(FIGURE_FIELDS, AT_FIGURES);
/** Place of each habit in a ledger. */
export const HABIT = placesFrom(HABIT_FIELDS, AT_HABITS);

/**
 * All numbers Tidewatch keeps of a container, in one block of memory: at its beginning the frame its reader fills, then the
 * figures, the counters of the reading before, the habits. Nothing is made per sample.
 */
export type Ledger = UsageFrame;

/** A buffer costs as much as a dozen numbers; a slab stays as long as one of its ledgers is in use. */
const LEDGERS_PER_SLAB = 8;
let slab = new ArrayBuffer(0);
let left = 0;

export function createLedger(): Ledger {
  if (left === 0) {
    slab = new ArrayBuffer(SIZE * LEDGERS_PER_SLAB * Float64Array.BYTES_PER_ELEMENT);
    left = LEDGERS_PER_SLAB;
  }
  left -= 1;
  const ledger = new Float64Array(slab, left * SIZE * Float64Array.BYTES_PER_ELEMENT, SIZE);
  endRun(ledger);
  return ledger;
}

/** Nothing is known of the next run; only the peaks stay. */
export function endRun(ledger: Ledger): void {
  ledger.fill(Number.NaN, 0, RUN_SIZE);
}
