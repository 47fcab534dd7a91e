import { type AxisUnit, type LocalTime, markText, niceScale, type Scale, timeMarks } from './axis.ts';
import { type Paint, plain } from './paint.ts';
import { sparkline } from './sparkline.ts';
import { displayWidth, pad, truncate } from './width.ts';

/** Buckets of one metric in the order of their time; `NaN` where nothing was observed. */
export interface PlotSeries {
  /** Where each begins, epoch ms; it ends where the next begins, the last at `to`. */
  readonly at: Float64Array;
  readonly to: number;
  readonly avg: Float64Array;
  readonly min: Float64Array;
  readonly max: Float64Array;
}

export interface PlotOptions {
  /** Columns and lines that it may take, axes included. */
  readonly width: number;
  readonly height: number;
  readonly unit: AxisUnit;
  readonly zone: LocalTime;
  readonly utf8: boolean;
  readonly paint?: Paint;
}

/** With less room there are no axes, only a sparkline. */
const LEAST_COLUMNS = 10;
const LEAST_LINES = 5;
/** Columns that a time and the blanks around it take. */
const TIME_COLUMNS = 10;
/** Lines between marks of the upright axis. */
const LINES_A_MARK = 3;

/**
 * A plot with axes as lines, none wider and not more than asked for. The band from the smallest to the largest value is drawn, so
 * that peaks show; where the average lies is painted (or a `*` in ASCII). Gaps stay empty.
 */
export function plotLines(series: PlotSeries, options: PlotOptions): string[] {
  const { width, height, unit, zone, utf8 } = options;
  const known = [...series.min, ...series.max].filter((value) => Number.isFinite(value));
  const rows = height - 2;
  const least = known.reduce((a, b) => Math.min(a, b), 0);
  const most = known.reduce((a, b) => Math.max(a, b), 0);
  const scale = niceScale([least, most], Math.max(1, Math.floor(rows / LINES_A_MARK)), unit);
  const labels = rowLabels(scale, Math.max(1, rows), unit);
  const margin = Math.max(...labels.map(displayWidth));
  const columns = width - margin - 2;
  if (columns < LEAST_COLUMNS || height < LEAST_LINES)
    return height < 1 ? [] : [sparkline(series.max, { width, utf8 })];
  const [tick, bar, corner, flat] = utf8 ? ['┤', '│', '└', '─'] : ['+', '|', '+', '-'];
  const drawn = drawRows(series, { columns, rows, scale }, options);
  const lines = labels.map(
    (label, row) => `${pad(label, margin, 'right')} ${label === '' ? bar : tick}${drawn[row] ?? ''}`,
  );
  const from = series.at[0] ?? series.to - 1;
  const times = { from, to: series.to, columns };
  const under = ' '.repeat(margin + 2) + timeLine(times, zone);
  return [...lines, `${' '.repeat(margin + 1)}${corner}${flat.repeat(columns)}`, truncate(under, width).trimEnd()];
}

/** The text beside each row; none beside those between marks. */
function rowLabels(scale: Scale, rows: number, unit: AxisUnit): string[] {
  const labels = Array.from({ length: rows }, () => '');
  const marks = Math.round((scale.high - scale.low) / scale.step);
  for (let mark = 0; mark <= marks; mark += 1) {
    const row = Math.round(((marks - mark) / marks) * (rows - 1));
    labels[row] = markText(scale.low + mark * scale.step, scale, unit);
  }
  return labels;
}

function timeLine({ from, to, columns }: { from: number; to: number; columns: number }, zone: LocalTime): string {
  let line = '';
  for (const { at, text } of timeMarks(from, to, { most: Math.max(1, Math.floor(columns / TIME_COLUMNS)), zone })) {
    const column = Math.floor(((at - from) / (to - from)) * columns);
    if (column >= line.length && column + text.length <= columns) line = `${line.padEnd(column)}${text} `;
  }
  return line.trimEnd();
}

interface Area {
  readonly columns: number;
  readonly rows: number;
  readonly scale: Scale;
}

/** The band as dots: two across and four down in each cell of braille (Unicode block 2800), one in ASCII. */
function drawRows(series: PlotSeries, area: Area, { utf8, paint = plain }: PlotOptions): string[] {
  const [across, down] = utf8 ? [2, 4] : [1, 1];
  const dots = bandOf(series, area.columns * across);
  const place = (value: number) => placeOf(value, area.scale, area.rows * down);
  return Array.from({ length: area.rows }, (_, row) => {
    let line = '';
    for (let column = 0; column < area.columns; column += 1) {
      let bits = 0;
      let hasAverage = false;
      for (const dot of dots.slice(column * across, (column + 1) * across).entries()) {
        const [x, { min, avg, max }] = dot;
        if (!Number.isFinite(min) || !Number.isFinite(max)) continue;
        hasAverage ||= Math.floor(place(avg) / down) === row;
        const [top, bottom] = [place(max), place(min)];
        for (let y = 0; y < down; y += 1)
          if (row * down + y >= top && row * down + y <= bottom) bits |= brailleBit(x, y);
      }
      line += paint(hasAverage ? 'busy' : 'quiet', cell(bits, hasAverage, utf8));
    }
    return line;
  });
}

function cell(bits: number, hasAverage: boolean, utf8: boolean): string {
  if (bits === 0) return ' ';
  if (utf8) return String.fromCodePoint(0x2800 + bits);
  return hasAverage ? '*' : ':';
}

/** Dots are numbered down the left (1 2 3), down the right (4 5 6), then the lowest pair (7 8). */
function brailleBit(x: number, y: number): number {
  return y === 3 ? 0x40 << x : 1 << (y + 3 * x);
}

/** The line of a value, from the top; the axis ends are in the first and the last. */
function placeOf(value: number, { low, high }: Scale, lines: number): number {
  const place = Math.round(((high - value) / (high - low)) * (lines - 1));
  return Math.min(lines - 1, Math.max(0, place));
}

interface Dot {
  readonly min: number;
  readonly avg: number;
  readonly max: number;
}

const NOTHING: Dot = { min: Number.NaN, avg: Number.NaN, max: Number.NaN };

/** What each upright line of dots shows: all buckets that lie in it, or the one it is a part of. */
function bandOf({ at, to, avg, min, max }: PlotSeries, dots: number): Dot[] {
  const band = Array.from({ length: dots }, () => NOTHING);
  const counts = new Float64Array(dots);
  const from = at[0] ?? to;
  const dotOf = (instant: number) => ((instant - from) / (to - from)) * dots;
  for (const [index, instant] of at.entries()) {
    const [low, mean, high] = [min[index], avg[index], max[index]] as [number, number, number];
    if (Number.isNaN(mean)) continue;
    const first = Math.min(dots - 1, Math.floor(dotOf(instant)));
    const end = Math.max(first + 1, Math.floor(dotOf(at[index + 1] ?? to)));
    for (let dot = first; dot < Math.min(end, dots); dot += 1) {
      const seen = counts[dot] as number;
      const { min: least, avg: before, max: most } = band[dot] ?? NOTHING;
      band[dot] =
        seen === 0
          ? { min: low, avg: mean, max: high }
          : { min: Math.min(least, low), avg: before + (mean - before) / (seen + 1), max: Math.max(most, high) };
      counts[dot] = seen + 1;
    }
  }
  return band;
}
