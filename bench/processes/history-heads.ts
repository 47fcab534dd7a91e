/** `history-heads`: what the newest samples of containers take in memory, and how fast they are taken. */
import { SeriesHead } from '../../src/metrics/head/series-head.ts';
import { offer } from '../support/child.ts';
import { usedBytes } from '../support/heap.ts';
import { asContainers, type RealSeries, recordedMachines } from '../support/real-series.ts';

const METRICS = 8;
const INTERVAL_MS = 10_000;
const START = Date.UTC(2025, 0, 1);

const containers = asContainers(recordedMachines());
const row = new Float64Array(METRICS);

offer({ measure, append });

/** Bytes of each head with so many samples, beyond those before; all of them are read again and compared. */
async function measure(heads: number, samples: number): Promise<number> {
  check([fill(0, samples)], samples);
  const before = await usedBytes();
  const filled = Array.from({ length: heads }, (_, index) => fill(index, samples));
  const bytes = (await usedBytes()) - before;
  check(filled, samples);
  return bytes / heads;
}

/** ns for each value of one metric that heads take, and that of processor time, each head until it has so many samples. */
function append(heads: number, samples: number): { wall: number; work: number } {
  const [begin, work] = [performance.now(), process.cpuUsage()];
  for (let index = 0; index < heads; index += 1) fill(index, samples);
  const wallMs = performance.now() - begin;
  const { user, system } = process.cpuUsage(work);
  const values = heads * samples * METRICS;
  return { wall: (wallMs * 1e6) / values, work: ((user + system) * 1e3) / values };
}

/** Each head has another stretch of another container. */
function fill(index: number, samples: number): SeriesHead {
  const head = new SeriesHead(METRICS);
  const [{ values }, first] = sourceOf(index, samples);
  for (let sample = 0; sample < samples; sample += 1) {
    for (let metric = 0; metric < METRICS; metric += 1) row[metric] = values[metric]?.[first + sample] as number;
    head.append(START + sample * INTERVAL_MS, row);
  }
  return head;
}

function sourceOf(index: number, samples: number): [RealSeries, number] {
  const series = containers[index % containers.length] as RealSeries;
  return [series, (index * 997) % (series.at.length - samples)];
}

function check(heads: readonly SeriesHead[], samples: number): void {
  for (const [index, head] of heads.entries()) {
    const { count, values } = head.read(START, Number.POSITIVE_INFINITY);
    const [series, first] = sourceOf(index, samples);
    const isWhole = values.every((column, metric) =>
      column.every((value, sample) => value === series.values[metric]?.[first + sample]),
    );
    if (count !== samples || !isWhole) throw new Error(`head ${index} does not hold what it was given`);
  }
}
