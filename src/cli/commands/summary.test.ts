import { Value } from 'typebox/value';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { UsageSchema } from '../../api/contract/history-schemas.ts';
import { StubTracker } from '../../api/stub-tracker.contract.ts';
import { fedCollector } from '../../metrics/fed-collector.contract.ts';
import type { MetricsCollector } from '../../metrics/metrics-collector.ts';
import { FakeClock } from '../../runtime/fake-clock.ts';
import { cli, type StubDaemon, stubDaemon } from '../run-cli.contract.ts';

const START = Date.parse('2026-11-18T10:00:00Z');
const HOUR = 3_600_000;

let daemon: StubDaemon;
let history: MetricsCollector;

/** Two workspaces a week ago, and again now with other figures. */
beforeAll(async () => {
  const tracker = new StubTracker();
  tracker.put('shop', { name: 'Shop', owner: 'kim', labels: { team: 'web' } });
  tracker.put('lab', { owner: null });
  const clock = new FakeClock(START);
  const fed = await fedCollector({ clock, workspaces: tracker });
  history = fed.collector;
  const run = (used: Readonly<Record<string, number>>) =>
    fed.run({ durationMs: HOUR, stepMs: 60_000 }, () =>
      Object.fromEntries(Object.entries(used).map(([id, cpu]) => [id, { cpu, memory: cpu * 1024 ** 2 }])),
    );
  await run({ shop: 40, gone: 10 });
  await clock.advance(7 * 24 * HOUR - HOUR);
  await run({ shop: 50, lab: 80 });
  daemon = await stubDaemon({ tracker, history, clock });
});
afterAll(async () => {
  await daemon.close();
  await history.stop();
});

const summary = (...args: string[]) => cli(['summary', '--since', '1h', ...args], daemon);

describe('summary --since', () => {
  it('tells who used most, the sums of owners, and the week before', async () => {
    const { code, out } = await summary();
    expect(code).toBe(0);
    const [title, ...lines] = out.trimEnd().split('\n');
    expect(title).toBe('cpu from 2026-11-25T10:00:00.000Z to 2026-11-25T11:00:00.000Z (1h): 2 workspaces were seen');
    expect(lines.map((line) => line.split(/ {2,}/))).toEqual([
      [''],
      ['WORKSPACE', 'OWNER', 'AVG', 'P95', 'MAX', 'SEEN %', 'WEEK BEFORE'],
      ['lab', '-', '80.0 %', '80.0 %', '80.0 %', '98.3', '-'],
      ['Shop', 'kim', '50.0 %', '50.0 %', '50.0 %', '98.3', '40.0 % (+25 %)'],
      [''],
      ['OWNER', 'WORKSPACES', 'AVG', 'HIGHEST', 'AVG WEEK BEFORE'],
      ['-', '1', '78.7 %', '80.0 %', '9.8 % (+700 %)'],
      ['kim', '1', '49.2 %', '50.0 %', '39.3 % (+25 %)'],
      ['all', '2', '127.8 %', '130.0 %', '49.2 % (+160 %)'],
    ]);
  });

  it('sums by a label, of another metric and figure', async () => {
    const { out } = await summary('--metric', 'memory', '--by', 'max', '--limit', '1', '--label', 'team');
    expect(out).toMatch(/^memory from /);
    expect(out).toMatch(/^lab +- +80\.0 MiB/m);
    expect(out).not.toContain('Shop');
    expect(out).toMatch(/^LABEL team .*\n- .*\nweb +1 /m);
  });

  it('prints the API’s own document with --json', async () => {
    const { out } = await summary('--json');
    const answer: unknown = JSON.parse(out);
    expect(Value.Check(UsageSchema, answer)).toBe(true);
    expect(answer).toMatchObject({ total: { workspaces: 2, before: { workspaces: 2 } } });
  });

  it('says so where nothing was seen', async () => {
    expect((await summary('--metric', 'pids')).out).toMatch(/^pids from .*: nothing was seen\n$/);
  });

  it.each([
    [['summary', '--by', 'max'], '--by is of a time: give --since as well'],
    [['summary', '--since', '1h', '--by', 'median'], '--by median: give one of avg, max, p95'],
    [['summary', '--since', '1h', '--limit', '0'], '--limit 0: give a whole number from 1 to 1000'],
    [['summary', '--since', '1h', '--metric', 'cpus'], 'cpus: no such metric; did you mean cpu?'],
    [['summary', '--since', 'soon'], '--since soon: give an ISO 8601 instant'],
    [['summary', '--since', '1h', '--label', 'a', 'b'], 'give one --label'],
    [['summary', '--since', '1h', '--host', 'unix:///x'], 'summary --since takes no --host'],
  ])('%j is a wrong usage', async (args, message) => {
    const { code, err } = await cli(args, daemon);
    expect(code).toBe(2);
    expect(err).toContain(message);
  });
});
