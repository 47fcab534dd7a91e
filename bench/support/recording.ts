/** A recording of real containers, as it lies in the repository: columns of differences, as JSON, compressed. */
import { readFileSync, writeFileSync } from 'node:fs';
import { brotliCompressSync, brotliDecompressSync } from 'node:zlib';
import { METRICS, STEPS_PER_UNIT } from '../../src/model/metric-catalogue.ts';
import type { RealSeries } from './real-series.ts';

const FILE = 'bench/data/containers-10s.json.br';

/** What was read of each workspace: instants (epoch ms), and values in the order of `METRICS`, `NaN` where nothing is known. */
export type Recording = Map<string, { readonly at: number[]; readonly values: readonly number[][] }>;

/** Differences of whole steps; `null` where nothing is known. */
type Packed = Readonly<Record<string, { readonly at: Column; readonly values: readonly Column[] }>>;
type Column = readonly (number | null)[];

/** Tells how much it is. */
export function writeRecording(recording: Recording): string {
  const packed: Packed = Object.fromEntries(
    [...recording].map(([name, { at, values }]) => [
      name,
      { at: differences(at), values: values.map((column, metric) => differences(stepsOf(column, metric))) },
    ]),
  );
  const bytes = brotliCompressSync(JSON.stringify(packed));
  writeFileSync(FILE, bytes);
  const rows = [...recording.values()].reduce((sum, { at }) => sum + at.length, 0);
  return `${recording.size} workspaces, ${rows} samples, ${bytes.length} bytes in ${FILE}`;
}

/** The recording of the repository. */
export function readRecording(): RealSeries[] {
  const packed = JSON.parse(brotliDecompressSync(readFileSync(FILE)).toString('utf8')) as Packed;
  return Object.entries(packed).map(([name, { at, values }]) => ({
    name,
    at: summed(at, 1),
    values: METRICS.map((_, metric) => summed(values[metric] ?? at.map(() => null), STEPS_PER_UNIT[metric] as number)),
  }));
}

function stepsOf(column: readonly number[], metric: number): number[] {
  return column.map((value) => Math.round(value * (STEPS_PER_UNIT[metric] as number)));
}

function differences(column: readonly number[]): Column {
  let last = 0;
  return column.map((value) => {
    if (Number.isNaN(value)) return null;
    const difference = value - last;
    last = value;
    return difference;
  });
}

function summed(column: Column, perUnit: number): Float64Array {
  let sum = 0;
  return Float64Array.from(column, (difference) => {
    if (difference === null) return Number.NaN;
    sum += difference;
    return sum / perUnit;
  });
}
