import type { ThresholdMetric } from '../model/threshold-metrics.ts';
import type { ThresholdRule } from './threshold-rules.ts';

/** A threshold that is, or may soon be, exceeded. */
interface Watch {
  rule: ThresholdRule;
  /** Since when the figure is above the raise level without a break, monotonic ms; `null` while it is not. */
  aboveSince: number | null;
  /** Since when it is below the clear level; `null` while it is not. */
  belowSince: number | null;
  /** When it was told; `null` while it is not. */
  raisedAt: number | null;
  /** The figure when it was known last, and when that was. */
  value: number;
  knownAt: number;
  containerId: string | null;
}

/** The figures of a workspace as a threshold sees them: `NaN` when unknown, with the container that decides. */
export interface ThresholdFigures {
  value(metric: ThresholdMetric): number;
  containerId(metric: ThresholdMetric): string | null;
}

export interface ThresholdSink {
  onExceeded(rule: ThresholdRule, told: { value: number; aboveMs: number; containerId: string | null }): void;
  onCleared(rule: ThresholdRule, told: ThresholdEnd): void;
}

/** How a threshold that was told came to its end. */
export interface ThresholdEnd {
  readonly value: number | null;
  /** How long ago it was told, ms. */
  readonly raisedMs: number;
  readonly containerId: string | null;
  readonly reason: 'below' | 'stopped' | 'changed';
}

/** When the figures were read. */
export interface ThresholdReading {
  /** Monotonic ms. */
  readonly at: number;
  /** Readings further apart than this, ms, say nothing of the time between them. */
  readonly longestMs: number;
}

/**
 * The thresholds of one workspace. One is told when its figure was above the raise level in every reading for its whole
 * duration, and cleared when it was below the clear level for as long; in between nothing is told twice. A time in which
 * nothing was read is part of no duration.
 */
export class Thresholds {
  #rules: readonly ThresholdRule[];
  #watches: Watch[] = NO_WATCHES;

  constructor(rules: readonly ThresholdRule[]) {
    this.#rules = rules;
  }

  /** Thresholds told and not cleared. */
  get raised(): readonly ThresholdMetric[] {
    return this.#watches.filter(({ raisedAt }) => raisedAt !== null).map(({ rule }) => rule.metric);
  }

  /** The figure of a threshold that is watched, when it was known last; `null` where none is. */
  valueOf(metric: ThresholdMetric): number | null {
    return this.#watches.find(({ rule }) => rule.metric === metric)?.value ?? null;
  }

  /** Other rules: what was told by a rule that is gone is cleared. */
  setRules(rules: readonly ThresholdRule[], at: number, sink: ThresholdSink): void {
    this.#rules = rules;
    for (const watch of [...this.#watches]) {
      const same = rules.find((rule) => isSameRule(rule, watch.rule));
      if (same === undefined) this.#end(watch, { at, sink, reason: 'changed' });
      else watch.rule = same;
    }
  }

  look(figures: ThresholdFigures, { at, longestMs }: ThresholdReading, sink: ThresholdSink): void {
    for (const rule of this.#rules) {
      const value = figures.value(rule.metric);
      const watch = this.#watches === NO_WATCHES ? undefined : this.#watches.find((known) => known.rule === rule);
      if (watch !== undefined) this.#follow(watch, { value, figures, at, longestMs, sink });
      else if (value > rule.raise) this.#begin(rule, { value, figures, at, longestMs, sink });
    }
  }

  /** Nothing is read any more: what was told is cleared. */
  end(at: number, sink: ThresholdSink): void {
    for (const watch of [...this.#watches]) this.#end(watch, { at, sink, reason: 'stopped' });
  }

  #begin(rule: ThresholdRule, look: Look): void {
    const { value, at } = look;
    const watch = { rule, aboveSince: at, belowSince: null, raisedAt: null, value, knownAt: at, containerId: null };
    // Most workspaces never have one: they share the empty list.
    if (this.#watches === NO_WATCHES) this.#watches = [];
    this.#watches.push(watch);
    this.#follow(watch, look);
  }

  #follow(watch: Watch, { value, figures, at, longestMs, sink }: Look): void {
    const { rule } = watch;
    // A figure that could not be read for once neither raises nor clears.
    if (Number.isNaN(value)) return;
    const isBroken = at - watch.knownAt > longestMs;
    watch.value = value;
    watch.knownAt = at;
    watch.aboveSince = value > rule.raise ? ((isBroken ? null : watch.aboveSince) ?? at) : null;
    watch.belowSince = value < rule.clear ? ((isBroken ? null : watch.belowSince) ?? at) : null;
    if (watch.raisedAt === null) {
      if (watch.aboveSince === null) this.#drop(watch);
      else if (at - watch.aboveSince >= rule.forMs) {
        watch.raisedAt = at;
        watch.containerId = figures.containerId(rule.metric);
        sink.onExceeded(rule, { value, aboveMs: at - watch.aboveSince, containerId: watch.containerId });
      }
    } else if (watch.belowSince !== null && at - watch.belowSince >= rule.forMs) {
      this.#end(watch, { at, sink, reason: 'below', value });
    }
  }

  #end(watch: Watch, { at, sink, reason, value }: End): void {
    this.#drop(watch);
    const { rule, raisedAt, containerId } = watch;
    if (raisedAt !== null) sink.onCleared(rule, { value: value ?? null, raisedMs: at - raisedAt, containerId, reason });
  }

  #drop(watch: Watch): void {
    this.#watches = this.#watches.filter((other) => other !== watch);
    if (this.#watches.length === 0) this.#watches = NO_WATCHES;
  }
}

const NO_WATCHES: Watch[] = [];

function isSameRule(a: ThresholdRule, b: ThresholdRule): boolean {
  return a.metric === b.metric && a.raise === b.raise && a.clear === b.clear && a.forMs === b.forMs;
}

interface Look extends ThresholdReading {
  readonly value: number;
  readonly figures: ThresholdFigures;
  readonly sink: ThresholdSink;
}

interface End {
  readonly at: number;
  readonly sink: ThresholdSink;
  readonly reason: ThresholdEnd['reason'];
  readonly value?: number;
}
