import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { memorySeriesStore } from '../metrics/memory-series-store.ts';
import { MetricsCollector } from '../metrics/metrics-collector.ts';
import { METRICS } from '../model/metric-catalogue.ts';
import type { WorkspaceMetrics } from '../model/workspace.ts';
import { FakeClock } from '../runtime/fake-clock.ts';
import type { RouteSpec } from './contract/route-spec.ts';
import { ROUTES } from './contract/routes.ts';
import { LiveTestClient } from './live/live-client.contract.ts';
import { eventDraft, makeToken, stubApi } from './stub-api.contract.ts';
import { StubTracker } from './stub-tracker.contract.ts';

/** A workspace of a world; those of `ann` are within the scope. */
interface Seed {
  readonly id: string;
  readonly owner: string | null;
  readonly name: string;
  readonly cpu: number | null;
  readonly events: number;
  readonly isForgotten: boolean;
}

const seed = (owner: fc.Arbitrary<string | null>, prefix: string) =>
  fc.record({
    id: fc.stringMatching(/^[a-c]{1,3}$/).map((text) => prefix + text),
    owner,
    name: fc.constantFrom('shop', 'Ann’s', 'zoo'),
    cpu: fc.option(fc.integer({ min: 0, max: 400 })),
    events: fc.nat({ max: 4 }),
    isForgotten: fc.boolean(),
  });

const seeds = (owner: fc.Arbitrary<string | null>, prefix: string) =>
  fc.uniqueArray(seed(owner, prefix), { maxLength: 4, selector: ({ id }) => id });

const START = Date.UTC(2026, 10, 25);
const MINUTE = 60_000;

/** Of the request, and of a stream's moment. */
const PASSING = new Set(['requestId']);

/** Numbers of events have holes, which is said in decision 12; that they stand in the same order is looked at. */
const NUMBERS = new Set(['seq', 'nextAfter']);

async function world(inside: readonly Seed[], outside: readonly Seed[]) {
  const clock = new FakeClock(START);
  const tracker = new StubTracker();
  const listeners: ((id: string, at: number, values: Float64Array) => void)[] = [];
  const onSample = (listener: (typeof listeners)[number]) => {
    listeners.push(listener);
    return () => {};
  };
  const history = new MetricsCollector({
    monitor: { onSample },
    workspaces: tracker,
    store: memorySeriesStore(),
    clock,
    timeZone: 'UTC',
  });
  await history.start();
  const stub = await stubApi({ tracker, history, clock });
  for (const { id, owner, name, cpu } of [...inside, ...outside]) {
    const metrics = cpu === null ? null : ({ cpuPercent: cpu, memoryUsage: cpu, uptime: 1 } as WorkspaceMetrics);
    tracker.put(id, { owner, name, metrics, containers: [] });
  }
  for (let minute = 0; minute < 10; minute += 1) {
    for (const { id, cpu } of [...inside, ...outside]) {
      const values = Float64Array.from(METRICS, (_, metric) => (metric === 0 ? (cpu ?? 0) + minute : Number.NaN));
      listeners[0]?.(id, clock.now(), values);
    }
    await clock.advance(MINUTE);
  }
  const rounds = Array.from({ length: 4 }, (_, round) => [
    ...outside.filter(({ events }) => events > round).map(({ id }) => eventDraft(id, 'of another')),
    ...inside.filter(({ events }) => events > round).map(({ id }) => eventDraft(id, `round ${round}`)),
  ]);
  stub.bus.emitAll(rounds.flat());
  await stub.bus.drain();
  for (const { id, isForgotten } of [...inside, ...outside]) if (isForgotten) await tracker.forgetWorkspace(id);
  await stub.api.listen();
  const { headers } = await makeToken(stub, { name: 'ann', role: 'admin', owners: ['ann'] });
  const close = async () => {
    await stub.close();
    await history.stop();
  };
  return { stub, headers, close };
}

type World = Awaited<ReturnType<typeof world>>;

const QUERIES: Readonly<Record<string, readonly string[]>> = {
  listWorkspaces: ['', '?limit=1', '?q=o', '?owner=eve', '?owner=ann', '?sort=-lastUpdated', '?label=x'],
  getSummary: ['', '?label=team'],
  getUsage: ['?metric=cpu', '?metric=cpu&by=p95&compare=true&group=label:team'],
  listEvents: ['', '?limit=1', '?workspace=oa', '?workspace=ia', '?types=status_changed'],
  getWorkspaceMetrics: ['', '?format=csv', '?format=openmetrics'],
  getWorkspaceRollups: ['?tier=minute'],
  getWorkspaceTrend: ['?metric=cpu'],
};

/** Every GET route of the contract that has an end, for a few ids within, outside and nowhere. */
function urls(ids: readonly string[]): string[] {
  const reads = Object.entries<RouteSpec>(ROUTES).filter(
    ([, { method, answer }]) => method === 'GET' && answer.mediaType !== 'text/event-stream' && answer.status === 200,
  );
  return reads.flatMap(([name, { path }]) =>
    (path.includes('{id}') ? ids.map((id) => path.replace('{id}', id)) : [path]).flatMap((one) =>
      (QUERIES[name] ?? ['']).map((query) => one + query),
    ),
  );
}

async function tell({ stub, headers }: World, url: string) {
  const { statusCode, body, headers: head } = await stub.api.app.inject({ url, headers });
  const isJson = String(head['content-type']).includes('json');
  // The numbers of events make another document.
  const etag = url.includes('/events') ? null : head.etag;
  return { url, statusCode, etag, body: isJson ? normal(JSON.parse(body)) : body };
}

/** What is passing is left out; an event is known by its text. */
function normal(value: unknown, key = ''): unknown {
  if (PASSING.has(key) || NUMBERS.has(key)) return typeof value;
  if (Array.isArray(value)) return value.map((part) => normal(part));
  if (typeof value !== 'object' || value === null) return value;
  const isEvent = 'seq' in value;
  return Object.fromEntries(
    Object.entries(value).map(([name, part]) => [name, isEvent && name === 'id' ? 'id' : normal(part, name)]),
  );
}

async function stream({ stub, headers }: World, query: string): Promise<string> {
  const address = stub.api.address();
  const abort = new AbortController();
  const answer = await fetch(
    `http://127.0.0.1:${address.kind === 'tcp' ? address.port : 0}/api/v1/events/stream${query}`,
    { headers: { authorization: headers.authorization }, signal: abort.signal },
  );
  let text = `${answer.status}\n`;
  void (async () => {
    const decoder = new TextDecoder();
    for await (const chunk of answer.body ?? []) text += decoder.decode(chunk, { stream: true });
  })().catch(() => {});
  stub.tracker.put('last', { owner: 'ann' });
  const end = `the end of ${query}`;
  stub.bus.emit(eventDraft('last', end));
  await vi.waitFor(() => expect(text).toContain(end), { timeout: 20_000, interval: 5 });
  abort.abort();
  const lines = text.split('\n').filter((line) => !line.startsWith('id: '));
  return lines
    .map((line) => line.replace(/^(data: )(.*)$/, (_, head, json) => head + JSON.stringify(normal(JSON.parse(json)))))
    .join('\n');
}

async function live({ stub, headers }: World) {
  const client = new LiveTestClient(stub.api.address(), { authorization: headers.authorization });
  await client.subscribe({ events: ['*'], metrics: true, workspaces: ['*'], after: 0 });
  stub.bus.emit(eventDraft('last', 'the end of all'));
  await client.until(() => expect(client.of('event').at(-1)?.event.message).toBe('the end of all'));
  client.ws.terminate();
  const told = (['snapshot', 'resync', 'event'] as const).map((type) => normal(client.of(type)));
  return {
    told,
    first: client.of('metrics')[0]?.samples,
    ids: client.of('state').map(({ workspace }) => workspace.id),
  };
}

test('two worlds that differ only in workspaces of others are one to a limited token', async () => {
  const outsiders = fc.constantFrom('eve', null, 'ANN');
  await fc.assert(
    fc.asyncProperty(seeds(fc.constant('ann'), 'i'), seeds(outsiders, 'o'), async (inside, outside) => {
      const [alone, crowded] = [await world(inside, []), await world(inside, outside)];
      try {
        for (const url of urls(['ia', 'oa', ...[...inside, ...outside].map(({ id }) => id)])) {
          expect(await tell(crowded, url)).toEqual(await tell(alone, url));
        }
        for (const query of ['?after=0', '?after=0&metrics=true']) {
          expect(await stream(crowded, query)).toBe(await stream(alone, query));
        }
        expect(await live(crowded)).toEqual(await live(alone));
      } finally {
        await alone.close();
        await crowded.close();
      }
    }),
    { numRuns: 12 },
  );
}, 120_000);
