/** `busy-collector DATA_DIR FROM`: keeps samples of some workspaces as fast as it can, by a clock that runs ahead, until it is killed. */

import { MetricsCollector } from '../../src/metrics/metrics-collector.ts';
import type { SampleListener } from '../../src/monitor/sample-feed.ts';
import { type Clock, systemClock } from '../../src/runtime/clock.ts';
import { openSqliteStore } from '../../src/storage/sqlite/sqlite-store.ts';
import { SAMPLE_EVERY_MS, valuesAt, WORKSPACES } from './known-samples.ts';

/** Hours pass in two seconds, checkpoints come every five milliseconds. */
const SPEED = 2_000;

const [, , dataDir = '', from = '0'] = process.argv;
const startedAt = systemClock.monotonic();
const passed = () => Math.floor((systemClock.monotonic() - startedAt) * SPEED);
const clock: Clock = {
  now: () => Number(from) + passed(),
  monotonic: passed,
  setTimer: (delayMs, task) => systemClock.setTimer(delayMs / SPEED, task),
  sleep: (delayMs, signal) => systemClock.sleep(delayMs / SPEED, signal),
  yieldTurn: () => systemClock.yieldTurn(),
};

const { series } = openSqliteStore({ dataDir });
const append = series.appendJournal.bind(series);
series.appendJournal = (entry) => {
  append(entry);
  process.stdout.write(`kept ${entry.to}\n`);
};
let listener: SampleListener = () => {};
const monitor = {
  onSample(given: SampleListener) {
    listener = given;
    return () => {};
  },
};
const collector = new MetricsCollector({ monitor, store: series, clock, timeZone: 'Asia/Seoul' });
await collector.start();
for (let at = Math.ceil(Number(from) / SAMPLE_EVERY_MS) * SAMPLE_EVERY_MS; ; at += SAMPLE_EVERY_MS) {
  while (clock.now() < at) await clock.yieldTurn();
  for (let workspace = 0; workspace < WORKSPACES; workspace += 1)
    listener(`w${workspace}`, at, valuesAt(workspace, at));
  process.stdout.write(`given ${at}\n`);
}
