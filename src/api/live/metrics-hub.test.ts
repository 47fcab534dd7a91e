import { describe, expect, test } from 'vitest';
import { cores } from '../../monitor/fake-usage-source.contract.ts';
import { monitored } from '../../monitor/monitored.contract.ts';
import type { MetricsFrameJson } from '../contract/usage-schemas.ts';
import { MetricsHub, type MetricsSink } from './metrics-hub.ts';
import type { MetricsFrame } from './metrics-table.ts';
import { workspaceFilter } from './workspace-filter.ts';

/** A client's connection that can be full. */
class Sink implements MetricsSink {
  isFull = false;
  readonly frames: MetricsFrame[] = [];

  send(frame: MetricsFrame): void {
    this.frames.push(frame);
  }

  /** Of each frame the ids, with `-` before those that have no figures any more. */
  get told(): string[][] {
    return this.frames.map(({ json }) =>
      (JSON.parse(json) as MetricsFrameJson).samples.map(({ workspaceId, metrics }) =>
        metrics === null ? `-${workspaceId}` : workspaceId,
      ),
    );
  }
}

/** A hub on a monitor that reads every 10 s what nobody looks at. */
async function setUp(ids: readonly string[]) {
  const all = monitored();
  const { monitor, tracker, source, clock } = all;
  const run = (id: string) => {
    source.add(id, {}, cores(0.1));
    tracker.run(id);
  };
  for (const id of ids) run(id);
  await monitor.start();
  await clock.advance(20_000);
  const onForgotten = (callback: (id: string) => void) =>
    tracker.onStateChange((id, _previous, current) => {
      if (current === undefined) callback(id);
    });
  const hub = new MetricsHub({ source: monitor, onForgotten, clock });
  /** Its memory grows by a byte a ms. */
  const grow = (id: string) => Object.assign(source.containers.get(id)?.perMs ?? {}, { memoryCharged: 1 });
  return { ...all, run, grow, hub, watched: () => monitor.getMonitorStats().watched };
}

describe('a client', () => {
  test('gets all there is at once, then one frame a second with what changed', async () => {
    const { hub, clock, grow, monitor } = await setUp(['a', 'b']);
    const sink = new Sink();
    hub.add(sink, null);
    expect(sink.told).toEqual([['a', 'b']]);
    const { json } = sink.frames[0] as MetricsFrame;
    expect(JSON.parse(json)).toMatchObject({
      at: new Date(clock.now()).toISOString(),
      samples: [{ workspaceId: 'a', metrics: { cpuPercent: 10, memoryUsage: 100e6 } }, {}],
    });
    expect(String(sink.frames[0]?.event)).toBe(`event: metrics\ndata: ${json}\n\n`);
    // The other one is as it was, but for its age.
    grow('b');
    await clock.advance(5_000);
    expect(sink.told.slice(1).flat()).toEqual(Array(sink.told.length - 1).fill('b'));
    expect(sink.told.length).toBeGreaterThanOrEqual(4);
    expect(sink.told.length).toBeLessThanOrEqual(6);
    hub.close();
    await monitor.stop();
  });

  test('is told when a workspace stops, and when one appears', async () => {
    const { hub, clock, tracker, run, watched } = await setUp(['a', 'b']);
    const sink = new Sink();
    hub.add(sink, null);
    tracker.end('a');
    await clock.advance(1_000);
    expect(sink.told.at(-1)).toEqual(['-a']);
    run('c');
    await clock.advance(3_000);
    expect(sink.told.at(-1)).toEqual(['c']);
    expect(watched()).toBe(2);
    tracker.forget('b');
    await clock.advance(1_000);
    expect(sink.told.at(-1)).toEqual(['-b']);
    hub.close();
  });

  test('of one workspace hears of no other, and gets an empty frame while there is nothing', async () => {
    const { hub, clock, run, watched } = await setUp(['a']);
    const [nothing, one] = [new Sink(), new Sink()];
    hub.add(nothing, workspaceFilter(['later'], null));
    hub.add(one, workspaceFilter(['a'], null));
    expect([nothing.told, one.told, watched()]).toEqual([[[]], [['a']], 1]);
    run('later');
    await clock.advance(3_000);
    expect(nothing.told).toEqual([[], ['later']]);
    expect(one.told).toEqual([['a']]);
    expect(watched()).toBe(2);
    hub.close();
  });

  test('that comes later begins with all there is, none of them gone', async () => {
    const { hub, clock, tracker } = await setUp(['a', 'b']);
    const [first, second] = [new Sink(), new Sink()];
    hub.add(first, null);
    tracker.end('a');
    await clock.advance(1_000);
    hub.add(second, null);
    expect(second.told).toEqual([['b']]);
    hub.close();
  });
});

describe('a slow client', () => {
  test('misses frames and then gets the newest figures of all it missed, once', async () => {
    const { hub, clock, grow, tracker } = await setUp(['a', 'b', 'c']);
    const [slow, quick] = [new Sink(), new Sink()];
    hub.add(slow, null);
    hub.add(quick, null);
    slow.isFull = true;
    grow('b');
    tracker.end('a');
    await clock.advance(60_000);
    expect(slow.frames).toHaveLength(1);
    expect(quick.frames.length).toBeGreaterThan(50);
    slow.isFull = false;
    await clock.advance(1_000);
    expect(slow.told.slice(1)).toEqual([expect.arrayContaining(['-a', 'b'])]);
    const memory = ({ json }: MetricsFrame) =>
      (JSON.parse(json) as MetricsFrameJson).samples.find(({ workspaceId }) => workspaceId === 'b')?.metrics
        ?.memoryUsage;
    expect(memory(slow.frames[1] as MetricsFrame)).toBe(memory(quick.frames.at(-1) as MetricsFrame));
    hub.close();
  });
});

describe('the hub', () => {
  test('makes a frame once for all who get the same', async () => {
    const { hub, clock, grow } = await setUp(['a']);
    const sinks = Array.from({ length: 30 }, () => new Sink());
    for (const sink of sinks) hub.add(sink, null);
    grow('a');
    await clock.advance(2_000);
    const [first] = sinks;
    expect(first?.frames.length).toBeGreaterThan(1);
    for (const sink of sinks) {
      for (const [index, frame] of sink.frames.entries()) expect(frame).toBe(first?.frames[index]);
    }
    hub.close();
  });

  test('watches what is looked at, and only as long as somebody looks', async () => {
    const { hub, clock, source, watched } = await setUp(['a', 'b']);
    expect(watched()).toBe(0);
    const [all, one] = [hub.add(new Sink(), null), hub.add(new Sink(), workspaceFilter(['a'], null))];
    expect(watched()).toBe(2);
    const reads = source.reads;
    await clock.advance(10_000);
    expect(source.reads - reads).toBeGreaterThanOrEqual(18);
    all();
    all();
    expect(watched()).toBe(1);
    one();
    expect(watched()).toBe(0);
    // Nothing is left that would wake it up.
    await clock.advance(1_000);
    hub.add(new Sink(), null);
    hub.close();
    expect(watched()).toBe(0);
    hub.add(new Sink(), null);
    expect(watched()).toBe(0);
  });

  test('watches a workspace that was forgotten and is there again at once', async () => {
    const { hub, clock, tracker, run, watched } = await setUp(['a']);
    hub.add(new Sink(), null);
    tracker.forget('a');
    run('a');
    await clock.advance(2_000);
    expect(watched()).toBe(1);
    hub.close();
    expect(watched()).toBe(0);
  });
});
