import { type Family, sampleNameOf } from './family.ts';
import { type Attribute, attribute, nanos } from './otlp-values.ts';

/** One value of a metric (`NumberDataPoint`). */
interface DataPoint {
  readonly attributes: readonly Attribute[];
  readonly startTimeUnixNano?: string;
  readonly timeUnixNano: string;
  readonly asDouble: number;
}

/** A metric as OTLP/JSON has it. */
export interface OtlpMetric {
  readonly name: string;
  readonly description: string;
  /** As UCUM writes it; none where nothing is counted in units. */
  readonly unit?: string;
  readonly gauge?: { readonly dataPoints: readonly DataPoint[] };
  readonly sum?: {
    readonly dataPoints: readonly DataPoint[];
    readonly aggregationTemporality: 2;
    readonly isMonotonic: true;
  };
}

const UNITS = { seconds: 's', bytes: 'By', ratio: '1' } as const;
/** AGGREGATION_TEMPORALITY_CUMULATIVE */
const CUMULATIVE = 2;

/** When figures were taken, and since when totals are counted; epoch ms. */
export interface Span {
  readonly startedAt: number;
  readonly at: number;
}

/** Collects the data points of some families, subject by subject. */
export class OtlpFamilies<T> {
  readonly #families: readonly Family<T>[];
  readonly #points: DataPoint[][];
  readonly #times: Pick<DataPoint, 'timeUnixNano'>;
  readonly #startTime: Pick<DataPoint, 'startTimeUnixNano'>;
  #size = 0;

  constructor(families: readonly Family<T>[], { startedAt, at }: Span) {
    this.#families = families;
    this.#points = families.map(() => []);
    this.#times = { timeUnixNano: nanos(at) };
    this.#startTime = { startTimeUnixNano: nanos(startedAt) };
  }

  /** Data points so far. */
  get size(): number {
    return this.#size;
  }

  /** `own`: attributes of the subject. */
  add(subject: T, own: readonly Attribute[] = []): void {
    for (const [index, family] of this.#families.entries()) {
      const { labels = [], type } = family;
      family.read(subject, (value, ...texts) => {
        // JSON has neither NaN nor Infinity.
        if (value === null || !Number.isFinite(value)) return;
        const attributes = [...own, ...labels.map((label, place) => attribute(label, texts[place] ?? ''))];
        const start = type === 'counter' ? this.#startTime : {};
        this.#points[index]?.push({ attributes, ...start, ...this.#times, asDouble: value });
        this.#size += 1;
      });
    }
  }

  /** The metrics that have values, which are taken out. */
  take(): OtlpMetric[] {
    const metrics = this.#families.flatMap((family, index) => {
      const dataPoints = this.#points[index] ?? [];
      this.#points[index] = [];
      return dataPoints.length === 0 ? [] : [metricOf(family, dataPoints)];
    });
    this.#size = 0;
    return metrics;
  }
}

/** A total goes without `_total`: who makes Prometheus' names of these puts it there. */
function metricOf(family: Family<never>, dataPoints: readonly DataPoint[]): OtlpMetric {
  const { name, type, unit, help } = family;
  const head = { description: help, ...(unit !== undefined && { unit: UNITS[unit] }) };
  if (type === 'counter') {
    return { name, ...head, sum: { dataPoints, aggregationTemporality: CUMULATIVE, isMonotonic: true } };
  }
  return { name: sampleNameOf(family), ...head, gauge: { dataPoints } };
}
