import type { ExceededThreshold, WorkspaceMetrics, WorkspaceThresholds } from '../model/workspace.ts';
import { roundLevel } from '../runtime/quantity.ts';
import { ActivityBook } from './activity-book.ts';
import type { ContainerMonitor } from './container-monitor.ts';
import { KeptFigures } from './kept-figures.ts';
import type { MetricsStream } from './metrics-stream.ts';
import type { ThresholdRule } from './threshold-rules.ts';
import { Thresholds } from './thresholds.ts';

/** What is kept of one workspace that is, or was, monitored. Instants are epoch ms. */
export class WorkspaceMonitor {
  readonly id: string;
  owner: string | null = null;
  labels: Readonly<Record<string, string>>;
  /** Those that run. */
  containers: readonly ContainerMonitor[] = NOBODY;
  /** Nobody wants its figures: not read until somebody does again. */
  isExcluded = false;
  /** How many watch it without reading the stream. */
  watchers = 0;
  streams: readonly MetricsStream[] = NO_STREAMS;
  errorCount = 0;
  lastErrorAt: number | null = null;
  readonly activity = new ActivityBook();
  readonly thresholds: Thresholds;
  /** Thresholds told and not cleared. */
  exceeded: readonly Omit<ExceededThreshold, 'value'>[] = NOTHING;
  /** What its labels said wrongly of thresholds. */
  labelProblems: readonly string[] = NOTHING;
  /** What its labels said of thresholds when the rules were made. */
  thresholdText = '';
  /** Its part of the totals: what is taken away when it is read anew or ends. */
  cpu = 0;
  memory = 0;
  readonly figures = new KeptFigures();
  /** The figures told by the last `metrics_update`, and when (monotonic ms). */
  toldMetrics: WorkspaceMetrics | null = null;
  toldAt = Number.NEGATIVE_INFINITY;
  /** When its last sample was given to those who keep history, monotonic ms. */
  sampledAt = Number.NEGATIVE_INFINITY;

  constructor(id: string, labels: Readonly<Record<string, string>>, rules: readonly ThresholdRule[]) {
    this.id = id;
    this.labels = labels;
    this.thresholds = new Thresholds(rules);
  }

  /** Somebody looks at it now. */
  get isWatched(): boolean {
    return this.watchers > 0 || this.streams.length > 0;
  }

  /** It is read. */
  get isActive(): boolean {
    return this.containers.length > 0;
  }

  /** How it stands to its thresholds now. */
  standing(): WorkspaceThresholds {
    const { exceeded, labelProblems, thresholds } = this;
    if (exceeded.length + labelProblems.length === 0) return ALL_WELL;
    const withValue = (one: Omit<ExceededThreshold, 'value'>) => {
      const value = roundLevel(thresholds.valueOf(one.metric) ?? one.threshold, one.unit);
      return { ...one, value };
    };
    return { exceeded: exceeded.map(withValue), labelProblems };
  }

  noteError(at: number): void {
    this.errorCount += 1;
    this.lastErrorAt = Math.max(this.lastErrorAt ?? at, at);
  }

  add(container: ContainerMonitor): void {
    this.containers = this.containers.concat(container);
  }

  remove(container: ContainerMonitor): void {
    this.containers = this.containers.filter((other) => other !== container);
    if (this.containers.length === 0) this.containers = NOBODY;
  }
}

const NOTHING: readonly never[] = Object.freeze([]);
/** One for thousands: it is asked for with each state. */
const ALL_WELL: WorkspaceThresholds = Object.freeze({ exceeded: NOTHING, labelProblems: NOTHING });
const NOBODY: readonly ContainerMonitor[] = [];
const NO_STREAMS: readonly MetricsStream[] = [];
