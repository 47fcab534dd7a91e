import { TidewatchError } from '../../model/errors.ts';
import { METRICS, type Metric } from '../../model/metric-catalogue.ts';
import { hintAt } from '../../runtime/nearest-name.ts';

/** The metrics named, each once, in the order given; all of them when none is. Throws `bad_request` for one that is none. */
export function readMetrics(names: readonly string[]): readonly Metric[] {
  return names.length === 0 ? METRICS : [...new Set(names.map(readMetric))];
}

/** Throws `bad_request` with the nearest valid name, or all of them. */
export function readMetric(name: string): Metric {
  const metric = METRICS.find((each) => each === name);
  if (metric !== undefined) return metric;
  if (name === '') {
    throw new TidewatchError('bad_request', `the name of a metric is empty; metrics are ${METRICS.join(', ')}`);
  }
  const hint = hintAt(name, METRICS) || `; metrics are ${METRICS.join(', ')}`;
  throw new TidewatchError('bad_request', `${name.slice(0, 64)}: no such metric${hint}`);
}
