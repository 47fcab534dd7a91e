import { expect, test } from 'vitest';
import { FakeClock } from '../runtime/fake-clock.ts';
import { HOUR_MS } from './block-span.ts';
import type { MetricsCollectorOptions } from './collector-options.ts';
import { fedCollector } from './fed-collector.contract.ts';
import type { UsageRequest, WorkspaceTags } from './usage-answer.ts';

const MINUTE = 60_000;
const DAY = 24 * HOUR_MS;
/** A Thursday, half past two in Kathmandu (UTC+5:45). */
const START = Date.parse('2026-11-05T08:45:00Z');

const tags = (name: string, owner: string | null, labels: Record<string, string> = {}): WorkspaceTags => ({
  ...{ name, owner, labels },
});

/** A collector whose workspaces use what the test says, a sample every five minutes. */
async function collecting(options: Partial<Omit<MetricsCollectorOptions, 'clock'>> = {}) {
  const clock = new FakeClock(START);
  const { collector, give, ...fed } = await fedCollector({ clock, timeZone: 'Asia/Kathmandu', ...options });
  const run = (durationMs: number, cpuOf: (at: number) => Readonly<Record<string, number>>) =>
    fed.run({ durationMs, stepMs: 5 * MINUTE }, (at) =>
      Object.fromEntries(Object.entries(cpuOf(at)).map(([id, cpu]) => [id, { cpu }])),
    );
  const ask = (request: Partial<UsageRequest>) => collector.getUsage({ metric: 'cpu', from: '24h', ...request });
  return { collector, clock, run, give, ask };
}

test.each([
  ['minutes', 'now-2h'],
  ['hours and minutes', 'now-26h'],
  ['days, hours and minutes', 'now-5d'],
])(
  'the figures of a window are those of the samples in it: %s',
  async (_, from) => {
    const { collector, clock, run, ask } = await collecting();
    const given: { at: number; cpu: number }[] = [];
    const length = from === 'now-5d' ? 6 * DAY : 30 * HOUR_MS;
    await run(length, (at) => {
      const cpu = (given.length * 7919) % 1000;
      given.push({ at, cpu });
      return { shop: cpu };
    });
    const { items, ...answer } = await ask({ from });
    const cpus = given.filter(({ at }) => at >= answer.from && at < clock.now()).map(({ cpu }) => cpu);
    expect(items).toHaveLength(1);
    expect(items[0]?.avg).toBeCloseTo(cpus.reduce((sum, cpu) => sum + cpu, 0) / cpus.length, 5);
    expect([items[0]?.min, items[0]?.max]).toEqual([Math.min(...cpus), Math.max(...cpus)]);
    const p95 = cpus.toSorted((a, b) => a - b)[Math.floor(0.95 * (cpus.length - 1))] as number;
    expect(Math.abs((items[0]?.p95 ?? 0) - p95)).toBeLessThanOrEqual(0.011 * p95);
    expect(answer.to - answer.from - (items[0]?.observed ?? 0)).toBeLessThanOrEqual(5 * MINUTE);
    await collector.stop();
  },
  60_000,
);

test('the top comes with names, sums by owner and by label; who is forgotten counts too', async () => {
  const states = new Map([
    ['a', tags('Alpha', 'kim', { team: 'web' })],
    ['b', tags('Beta', 'kim', { team: 'data' })],
    ['c', tags('Gamma', null)],
    ['idle', tags('Idle', 'lee')],
  ]);
  const { collector, run, ask } = await collecting({ workspaces: { getAllWorkspaceStates: () => states } });
  await run(3 * HOUR_MS, (at) => ({ a: 10, b: at - START < HOUR_MS ? 90 : 1, c: 20, gone: 5 }));
  const { items, groups, total } = await ask({ from: '3h', limit: 3 });
  expect(items.map(({ name, owner }) => [name, owner])).toEqual([
    ['Beta', 'kim'],
    ['Gamma', null],
    ['Alpha', 'kim'],
  ]);
  expect((await ask({ from: '3h', by: 'p95', limit: 1 })).items[0]).toMatchObject({
    workspaceId: 'b',
    comparison: null,
  });
  expect((await ask({ from: '1h' })).items.map(({ workspaceId }) => workspaceId)).toEqual(['c', 'a', 'gone', 'b']);
  expect(groups.map(({ group, workspaces, highest }) => [group, workspaces, highest])).toEqual([
    ['kim', 2, 100],
    [null, 2, 25],
  ]);
  expect(total).toMatchObject({ workspaces: 4, highest: 125, before: null });
  expect((await ask({ group: { label: 'team' } })).groups.map(({ group }) => group)).toEqual(['data', null, 'web']);
  const ofKim = await ask({ where: ({ owner }) => owner === 'kim' });
  expect(ofKim.items.map(({ name }) => name)).toEqual(['Beta', 'Alpha']);
  expect(ofKim.total.workspaces).toBe(2);
  await collector.stop();
});

test('a window is compared with the same hours a week before, also of a group that is gone', async () => {
  const owners = new Map([
    ['shop', tags('shop', 'kim')],
    ['old', tags('old', 'lee')],
  ]);
  const { collector, run, ask } = await collecting({ workspaces: { getAllWorkspaceStates: () => owners } });
  await run(DAY, () => ({ shop: 10, old: 40 }));
  await run(6 * DAY, () => ({ shop: 99 }));
  await run(DAY, () => ({ shop: 30, fresh: 1 }));
  const { items, groups, total } = await ask({ compare: true });
  expect(items.map(({ workspaceId, comparison }) => [workspaceId, comparison?.before, comparison?.ratio])).toEqual([
    ['shop', 10, 3],
    ['fresh', null, null],
  ]);
  expect(items[0]?.comparison?.beforeObservedRatio).toBeGreaterThan(0.99);
  expect(groups.map(({ group, workspaces, before }) => [group, workspaces, before?.highest])).toEqual([
    ['kim', 1, 10],
    [null, 1, undefined],
    ['lee', 0, 40],
  ]);
  expect(total.before).toMatchObject({ workspaces: 2, highest: 50 });
  await collector.stop();
}, 60_000);

test('where minutes are not kept any more the ends reach out to whole hours', async () => {
  const retention = { raw: 2 * HOUR_MS, minute: 2 * HOUR_MS };
  const { collector, run, ask } = await collecting({ retention, timeZone: 'UTC' });
  await run(12 * HOUR_MS, () => ({ shop: 5 }));
  const from = START + 50 * MINUTE;
  const { items } = await ask({ from, to: from + HOUR_MS });
  expect(items).toMatchObject([{ avg: 5, observed: 2 * HOUR_MS }]);
  await collector.stop();
});

test('no time counts twice where days are not made of the hours that are kept', async () => {
  const retention = { raw: 2 * HOUR_MS, minute: 30 * HOUR_MS };
  const { collector, run, ask } = await collecting({ retention });
  await run(4 * DAY, () => ({ shop: 5 }));
  const { items } = await ask({ from: START + 0.5 * DAY, to: START + 3 * DAY });
  expect(items).toMatchObject([{ avg: 5, observed: 3 * DAY }]);
  await collector.stop();
}, 60_000);

test('of a thousand workspaces each waits for the next turn, and a stop ends it', async () => {
  const { collector, clock, give, ask } = await collecting();
  for (let id = 0; id < 1_000; id += 1) give(`w${id}`, { cpu: id });
  await clock.advance(MINUTE);
  let turns = 0;
  const turn = clock.yieldTurn.bind(clock);
  clock.yieldTurn = () => {
    turns += 1;
    return turn();
  };
  const { items, total } = await ask({ limit: 2 });
  expect(items.map(({ workspaceId }) => workspaceId)).toEqual(['w999', 'w998']);
  expect(total.workspaces).toBe(1_000);
  expect(turns).toBeGreaterThanOrEqual(1_000);
  const asked = ask({ limit: 2 });
  const stopped = collector.stop();
  await expect(asked).rejects.toMatchObject({ code: 'shutting_down' });
  await stopped;
});

test.each([
  [{ metric: 'cpus' }, /cpus: no such metric; did you mean cpu\?/],
  [{ by: 'median' as 'avg' }, /by median: give one of avg, max, p95/],
  [{ limit: 0 }, /limit 0: give a whole number from 1 to 1000/],
  [{ from: 'soon' }, /from soon/],
  [{ from: 'now', to: '1h' }, /from must be earlier than to/],
  [{ from: START + DAY, to: START + 2 * DAY }, /and than now/],
])('%j is refused', async (request, message) => {
  const { collector, ask } = await collecting();
  await expect(ask(request)).rejects.toMatchObject({ code: 'bad_request', message: expect.stringMatching(message) });
  expect((await ask({ from: 0, to: 8.64e15 })).items).toEqual([]);
  await collector.stop();
});
