import type { Metric, MetricColumns, MetricsHistory } from '../../client/client.ts';
import { LONGEST_COVER } from '../../metrics/rollup/cover.ts';
import { formatSpan } from '../../runtime/duration.ts';
import { localOffset, toIso } from '../../runtime/iso.ts';
import { formatBytes } from '../../runtime/quantity.ts';
import type { AxisUnit } from './axis.ts';
import { plain } from './paint.ts';
import { plotLines } from './plot.ts';
import { sparkline } from './sparkline.ts';
import { renderTable, type TableOptions } from './table.ts';

export interface HistoryView extends TableOptions {
  readonly utf8: boolean;
}

const UNIT: Readonly<Record<Metric, AxisUnit>> = {
  ...{ cpu: 'percent', memory: 'bytes', memoryLimit: 'bytes', pids: 'count', cpuThrottled: 'ratio' },
  ...{ networkRx: 'bytes/s', networkTx: 'bytes/s', diskRead: 'bytes/s', diskWrite: 'bytes/s' },
  ...{ cpuPressure: 'ratio', memoryPressure: 'ratio', ioPressure: 'ratio' },
};

/** Where the output is no terminal. */
const USUAL_WIDTH = 100;
/** What the figures beside a course take. */
const FIGURES_WIDTH = 64;
const COURSE_LEAST = 12;
const COURSE_MOST = 48;
const PLOT_HEIGHT = 14;

/** What points are made of. */
const MADE_OF: Readonly<Record<MetricsHistory['tier'], string>> = {
  ...{ raw: 'samples', minute: 'minute rollups', hour: 'hour rollups', day: 'day rollups' },
};

/** What a workspace used: a line for each metric of which anything was seen, with its course, and of which time that is. */
export function historyLines(found: MetricsHistory, view: HistoryView): string[] {
  const width = Math.min(COURSE_MOST, Math.max(COURSE_LEAST, (view.width ?? USUAL_WIDTH) - FIGURES_WIDTH));
  const rows = namesOf(found).flatMap((metric) => {
    const columns = found.series[metric];
    const figures = columns && figuresOf(columns);
    if (!figures) return [];
    const course = sparkline(covered(found, columns.max), { width, utf8: view.utf8 });
    return [
      [{ text: metric }, { text: course }, ...figures.map((value) => ({ text: figureText(value, UNIT[metric]) }))],
    ];
  });
  if (rows.length === 0) return nothingSeen(found);
  const right = (header: string) => ({ header, align: 'right' }) as const;
  const columns = [
    { header: 'METRIC' },
    { header: 'COURSE' },
    right('MIN'),
    right('MEAN'),
    right('MAX'),
    right('LAST'),
  ];
  return [...renderTable(columns, rows, view), '', quiet(timeText(found), view)];
}

/** Each metric with axes. Of all of them those that stayed 0 are named only: they would fill screens and show nothing. */
export function plotsOf(found: MetricsHistory, metrics: readonly Metric[] | 'all', view: HistoryView): string[] {
  const asked = metrics === 'all' ? namesOf(found) : metrics;
  const seen = asked.filter((metric) => found.series[metric]?.avg.some((value) => value !== null));
  const isDrawn = (metric: Metric) =>
    metrics !== 'all' || found.series[metric]?.max.some((value) => (value ?? 0) !== 0);
  const drawn = seen.filter(isDrawn);
  const still = seen.filter((metric) => !drawn.includes(metric));
  const unseen = metrics === 'all' ? [] : metrics.filter((metric) => !seen.includes(metric));
  if (seen.length === 0) return nothingSeen(found);
  return [
    ...drawn.flatMap((metric) => [...plotOf(found, metric, view), '']),
    ...(still.length > 0 ? [`0 all the time: ${still.join(', ')}`] : []),
    ...(unseen.length > 0 ? [`not seen in this time: ${unseen.join(', ')}`] : []),
    quiet(timeText(found), view),
    ...(view.utf8 ? [] : [quiet('* mean, : from the least to the most of each point', view)]),
  ];
}

function plotOf(found: MetricsHistory, metric: Metric, view: HistoryView): string[] {
  const columns = found.series[metric];
  const figures = columns && figuresOf(columns);
  if (!figures) return [];
  const isRatio = UNIT[metric] === 'ratio';
  const drawn = (column: readonly (number | null)[]) =>
    covered(found, column).map((value) => (isRatio ? value * 100 : value));
  const [avg, min, max] = [drawn(columns.avg), drawn(columns.min), drawn(columns.max)];
  const { paint = plain, utf8, width = USUAL_WIDTH } = view;
  const lines = plotLines(
    { at: Float64Array.from(found.at), to: found.to, avg, min, max },
    {
      width,
      height: PLOT_HEIGHT,
      unit: isRatio ? 'percent' : UNIT[metric],
      zone: { offset: localOffset },
      utf8,
      paint,
    },
  );
  const [least, mean, most, last] = figures.map((value) => figureText(value, UNIT[metric]));
  return [`${paint('strong', metric)}  min ${least}, mean ${mean}, max ${most}, last ${last}`, ...lines];
}

function namesOf({ series }: MetricsHistory): readonly Metric[] {
  return Object.keys(series) as Metric[];
}

function nothingSeen({ from, to }: MetricsHistory): string[] {
  return [`nothing was seen from ${localText(from)} to ${localText(to)}`];
}

function timeText({ from, to, step, tier }: MetricsHistory): string {
  return `${localText(from)} to ${localText(to)}; a point is ${formatSpan(step)}, made of ${MADE_OF[tier]}`;
}

/** As clocks on the wall show it, to the minute. */
function localText(at: number): string {
  return toIso(at + localOffset(at))
    .slice(0, 16)
    .replace('T', ' ');
}

function quiet(text: string, { paint = plain }: HistoryView): string {
  return paint('quiet', text);
}

/** Least, mean, most and last; `null` when nothing was seen. */
function figuresOf({ avg, min, max }: MetricColumns): readonly number[] | null {
  const known = (column: readonly (number | null)[]) => column.filter((value) => value !== null);
  const means = known(avg);
  const last = means.at(-1);
  if (last === undefined) return null;
  const mean = means.reduce((sum, value) => sum + value, 0) / means.length;
  const least = known(min).reduce((a, b) => Math.min(a, b));
  const most = known(max).reduce((a, b) => Math.max(a, b));
  return [least, mean, most, last];
}

/** A figure of a metric with its unit. */
export function metricText(metric: Metric, value: number): string {
  return figureText(value, UNIT[metric]);
}

function figureText(value: number, unit: AxisUnit): string {
  if (unit === 'bytes') return formatBytes(value);
  if (unit === 'bytes/s') return `${formatBytes(value)}/s`;
  if (unit === 'count') return value.toFixed(Number.isInteger(value) ? 0 : 1);
  return `${(unit === 'ratio' ? value * 100 : value).toFixed(1)} %`;
}

/** A sample covers the time since the one before it: points between them that are narrower are no gaps. */
function covered({ at, tier }: MetricsHistory, column: readonly (number | null)[]): Float64Array {
  const values = withGaps(column);
  if (tier !== 'raw') return values;
  let before: number | undefined;
  for (const [index, value] of values.entries()) {
    if (Number.isNaN(value)) continue;
    const isNear = (at[index] as number) - (at[before ?? index] as number) <= LONGEST_COVER.leastMs;
    if (before !== undefined && isNear) values.fill(value, before + 1, index);
    before = index;
  }
  return values;
}

/** As the drawing wants it. */
function withGaps(column: readonly (number | null)[]): Float64Array {
  return Float64Array.from(column, (value) => value ?? Number.NaN);
}
