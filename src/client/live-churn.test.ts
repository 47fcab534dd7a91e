import type { Socket } from 'node:net';
import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { eventDraft, stubApi, TOKEN } from '../api/stub-api.contract.ts';
import { workspaceJson } from '../api/workspace-json.ts';
import { memoryEventLog } from '../events/memory-event-log.ts';
import { foregroundClock } from '../runtime/foreground-clock.ts';
import { formatListenAddress } from '../runtime/listen-address.ts';
import { createClient, type LiveFeed } from './client.ts';

const eventually = { timeout: 60_000, interval: 5 };
const CUTS = 500;
const CLIENTS_EACH = 6;

/** Waits between two attempts do not matter here; the guard against silence stays. */
const clock = {
  sleep: (ms: number, signal?: AbortSignal) => foregroundClock.sleep(ms < 20_000 ? 1 : ms, signal),
};

/** One thing that happens: events are told, a workspace changes, and a connection is lost. */
const step = fc.record({
  events: fc.integer({ min: 0, max: 12 }),
  workspace: fc.integer({ min: 0, max: 9 }),
  change: fc.constantFrom('put', 'pause', 'forget'),
  victim: fc.nat(),
  how: fc.constantFrom('end', 'destroy', 'reset'),
  turns: fc.integer({ min: 0, max: 6 }),
});
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

test('500 random disconnects under churn: every client ends with exactly the event log, and the states as they are', async () => {
  const steps = fc.array(step, { minLength: CUTS, maxLength: CUTS });
  // Five hundred steps say nothing to a reader: the seed is enough to run them again.
  const reporter = ({ failed, seed, errorInstance }: fc.RunDetails<[readonly Step[]]>) => {
    if (failed) throw new Error(`seed ${seed}: ${errorInstance}`, { cause: errorInstance });
  };
  await fc.assert(fc.asyncProperty(steps, churn), { numRuns: 1, endOnFailure: true, reporter });
}, 180_000);

async function churn(steps: readonly Step[]): Promise<void> {
  const stub = await stubApi({ log: memoryEventLog({ capacity: 50_000 }) });
  const open = new Set<Socket>();
  stub.api.app.server.on('connection', (socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  });
  await stub.api.listen();
  const abort = new AbortController();
  const client = createClient({ url: `http://${formatListenAddress(stub.api.address())}`, token: TOKEN, clock });
  const seen: number[][] = [];
  const feeds: LiveFeed[] = [];
  const endings: Promise<unknown>[] = [];
  let losses = 0;
  const onDisconnect = () => {
    losses += 1;
  };
  const shared = { after: 0, waitForDaemon: true, signal: abort.signal, onDisconnect };
  for (let index = 0; index < CLIENTS_EACH; index += 1) {
    const bySse: number[] = [];
    const byLive: number[] = [];
    seen.push(bySse, byLive);
    endings.push(
      (async () => {
        for await (const { seq } of client.stream(shared)) bySse.push(seq);
      })(),
    );
    const feed = client.live({ ...shared, onEvent: ({ seq }) => void byLive.push(seq) });
    feeds.push(feed);
    endings.push(feed.run());
  }
  try {
    await vi.waitFor(() => expect(open.size).toBe(2 * CLIENTS_EACH), eventually);
    // Some cuts hit a connection between two attempts, which is no loss for anybody.
    for (let index = 0; losses < CUTS; index += 1) await happen(steps[index % CUTS] as Step);
    await stub.bus.drain();
    const total = stub.log.bounds().lastSeq;
    const all = Array.from({ length: total }, (_, index) => index + 1);
    for (const seqs of seen) {
      await vi.waitFor(() => expect(seqs.length).toBeGreaterThanOrEqual(total), eventually);
      expect(seqs).toEqual(all);
    }
    const states = [...stub.tracker.states.values()].map(workspaceJson).toSorted((a, b) => a.id.localeCompare(b.id));
    for (const { workspaces } of feeds) {
      await vi.waitFor(() => {
        expect([...workspaces.values()].toSorted((a, b) => a.id.localeCompare(b.id))).toEqual(states);
      }, eventually);
    }
  } finally {
    abort.abort();
    await Promise.all(endings);
    await stub.close();
  }

  async function happen({ events, workspace, change, victim, how, turns }: Step): Promise<void> {
    const id = `workspace-${workspace}`;
    stub.bus.emitAll(Array.from({ length: events }, () => eventDraft(id)));
    if (change === 'forget') stub.tracker.forget(id);
    else stub.tracker.put(id, { phase: change === 'pause' ? 'paused' : 'running' });
    for (let turn = 0; turn < turns; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    await vi.waitFor(() => expect(open.size).toBeGreaterThan(0), eventually);
    const socket = [...open][victim % open.size];
    if (how === 'end') socket?.end();
    else if (how === 'destroy') socket?.destroy();
    else socket?.resetAndDestroy();
    if (socket !== undefined) open.delete(socket);
  }
}
