/** What the newest hour of a container takes in memory, and how fast one thread takes samples into it. */

import { startChild } from './support/child.ts';
import { REAL_NOTE, realDataObstacle } from './support/real-series.ts';
import { report, reportSkipped } from './support/result.ts';
import { spreadOf } from './support/spread.ts';

const HEADS = 1_000;
const RUNS = 3;
const APPENDS = 15;
/** Some heads before the first is measured, so that their code is compiled. */
const WARM_UP = 5;
const HOUR = 360;
/** An hour waits for the grace of the next one, ten minutes before it are kept with it, and a part of 20 minutes goes as a whole. */
const MOST = 600;
const KB = 1024;

const obstacle = realDataObstacle();
if (obstacle === null) await main();
else reportSkipped(obstacle);

async function main(): Promise<void> {
  const hour: number[] = [];
  const most: number[] = [];
  const appends: { wall: number; work: number }[] = [];
  for (let run = 0; run < RUNS; run += 1) {
    await using child = await startChild('history-heads');
    for (let warm = 0; warm < WARM_UP; warm += 1) await child.ask('append', HEADS / 10, HOUR);
    hour.push((await child.ask<number>('measure', HEADS, HOUR)) / KB);
    most.push((await child.ask<number>('measure', HEADS, MOST)) / KB);
    for (let round = 0; round < APPENDS; round += 1) appends.push(await child.ask('append', HEADS / 10, HOUR));
  }
  const [heap, append] = [spreadOf(hour), spreadOf(appends.map(({ wall }) => wall))];
  report({
    bars: [
      {
        bar: 'heap of a container, an hour at 10 s of 8 metrics',
        unit: 'KB',
        floor: 10,
        aim: 6,
        measured: heap.median,
      },
      {
        bar: 'time to take a value into memory, one thread',
        unit: 'ns',
        floor: 1_000,
        aim: 200,
        measured: append.median,
      },
    ],
    figures: {
      'heap of a container, KB': heap,
      'the same just before a part is cut off (100 minutes), KB': spreadOf(most),
      'ns a value': append,
      'ns of processor time a value': spreadOf(appends.map(({ work }) => work)),
      'values a second': Math.round(1e9 / append.median),
    },
    notes: [
      REAL_NOTE,
      `${RUNS} runs, each a process of its own that has read its data and compiled its code; heap and buffers after garbage collection with and without ${HEADS} heads of ${HOUR} samples, each of another stretch of the series. All are read again and compared.`,
      'Taken into memory with all packing that comes with it. A value is one metric of one sample.',
    ],
    engine: 'none',
  });
}
