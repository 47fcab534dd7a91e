/** A recording of real containers, as it lies in the repository: columns of differences, as JSON, compressed. */
import { readFileSync, writeFileSync } from 'node:fs';
import { brotliCompressSync, brotliDecompressSync } from 'node:zlib';
import { METRICS, STEPS_PER_UNIT } from '../../src/model/metric-catalogue.ts';
import type { RealSeries } from './real-series.ts';

const HOUR_MS = 3_600_000;
const FILE = 'bench/data/containers-10s.json.br';

export const RECORDING_NOTE =
  'Real containers: bench/data, an hour of 24 busybox containers that do varied work on a private Docker Engine (bench/record-containers.ts), as the monitor of the product told it at its default pace: every 10 s, idle ones up to every minute. A day of 24 workspaces is made of it: each has an hour of every container, beginning with another one.';

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

/**
 * Longer series with the instants of the recording: each workspace has an hour of every container, one after the other, and begins with
 * another one, so that none repeats what it had.
 */
export function recordedHours(start: number): RealSeries[] {
  const recording = readRecording();
  const begin = Math.min(...recording.map(({ at }) => at[0] as number));
  const hours = recording.map(({ at, values }) => {
    const rows = at.filter((instant) => instant < begin + HOUR_MS).length;
    return { at: at.subarray(0, rows), values: values.map((column) => column.subarray(0, rows)) };
  });
  return recording.map(({ name }, first) => {
    const parts = hours.map((_, hour) => {
      const { at, values } = hours[(first + hour) % hours.length] as (typeof hours)[number];
      return { at: at.map((instant) => instant - begin + start + hour * HOUR_MS), values };
    });
    const joined = (of: (part: (typeof parts)[number]) => Float64Array) =>
      Float64Array.from(parts.flatMap((part) => [...of(part)]));
    return {
      name,
      at: joined(({ at }) => at),
      values: METRICS.map((_, metric) => joined(({ values }) => values[metric] as Float64Array)),
    };
  });
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
