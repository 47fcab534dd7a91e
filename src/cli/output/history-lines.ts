import type { Metric, MetricColumns, MetricsHistory } from '../../client/client.ts';
import { localOffset } from '../../runtime/iso.ts';
import { formatBytes } from '../../runtime/quantity.ts';
import type { AxisUnit } from './axis.ts';
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

const NOTHING = 'nothing was seen in this time';

/** What a workspace used: a line for each metric of which anything was seen, with its course. */
export function historyLines({ series }: MetricsHistory, view: HistoryView): string[] {
  const width = Math.min(COURSE_MOST, Math.max(COURSE_LEAST, (view.width ?? USUAL_WIDTH) - FIGURES_WIDTH));
  const rows = (Object.entries(series) as [Metric, MetricColumns][]).flatMap(([metric, columns]) => {
    const figures = figuresOf(columns);
    if (figures === null) return [];
    const course = sparkline(withGaps(columns.max), { width, utf8: view.utf8 });
    return [
      [{ text: metric }, { text: course }, ...figures.map((value) => ({ text: figureText(value, UNIT[metric]) }))],
    ];
  });
  if (rows.length === 0) return [NOTHING];
  const right = (header: string) => ({ header, align: 'right' }) as const;
  const columns = [
    { header: 'METRIC' },
    { header: 'COURSE' },
    right('MIN'),
    right('MEAN'),
    right('MAX'),
    right('LAST'),
  ];
  return renderTable(columns, rows, view);
}

/** The course of one metric with axes. */
export function plotOf({ at, to, series }: MetricsHistory, metric: Metric, view: HistoryView): string[] {
  const columns = series[metric];
  if (columns === undefined || figuresOf(columns) === null) return [`${metric}: ${NOTHING}`];
  const [avg, min, max] = [columns.avg, columns.min, columns.max].map(withGaps) as [
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  const plot = { at: Float64Array.from(at), to, avg, min, max };
  const zone = { offset: localOffset };
  const { paint, utf8, width = USUAL_WIDTH } = view;
  const lines = plotLines(plot, {
    width,
    height: PLOT_HEIGHT,
    unit: UNIT[metric],
    zone,
    utf8,
    ...(paint && { paint }),
  });
  return [metric, ...lines];
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

/** As the drawing wants it. */
function withGaps(column: readonly (number | null)[]): Float64Array {
  return Float64Array.from(column, (value) => value ?? Number.NaN);
}
