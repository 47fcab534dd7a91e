import type { ServerResponse } from 'node:http';
import { describe, expect, test } from 'vitest';
import { EventBus } from '../../events/bus.ts';
import { memoryEventLog } from '../../events/memory-event-log.ts';
import { FakeClock } from '../../runtime/fake-clock.ts';
import { silentLogger } from '../../runtime/logger.ts';
import { eventDraft } from '../stub-api.contract.ts';
import { eventFilter } from './event-filter.ts';
import { EventHub, type EventStream, type StreamRequest } from './event-hub.ts';
import { ServerSentSink } from './server-sent-sink.ts';
import { workspaceFilter } from './workspace-filter.ts';

/** A client's connection that can be full. */
class Response {
  text = '';
  writableNeedDrain = false;
  writableEnded = false;
  state: 'open' | 'ended' | 'destroyed' = 'open';

  write(chunk: Buffer | string): boolean {
    this.text += String(chunk);
    return !this.writableNeedDrain;
  }

  end(): void {
    this.writableEnded = true;
    this.state = 'ended';
  }

  destroy(): void {
    this.state = 'destroyed';
  }
}

/** A client of the hub. */
class Client {
  readonly response = new Response();
  readonly stream: EventStream;

  constructor(hub: EventHub, request: Partial<StreamRequest> = {}) {
    const sink = new ServerSentSink(this.response as unknown as ServerResponse);
    this.stream = hub.add(sink, { after: undefined, filter: eventFilter(null, null), ...request });
  }

  fill(): void {
    this.response.writableNeedDrain = true;
  }

  drain(): void {
    this.response.writableNeedDrain = false;
    this.stream.resume();
  }

  get text(): string {
    return this.response.text;
  }

  get seqs(): number[] {
    return [...this.text.matchAll(/^id: (\d+)\ndata: /gm)].map(([, seq]) => Number(seq));
  }
}

function setUp() {
  const clock = new FakeClock();
  const log = memoryEventLog({ capacity: 20_000, clock });
  const bus = new EventBus({ log, clock });
  const events = { log, on: bus.on.bind(bus), getStats: () => bus.getStats() };
  const hub = new EventHub({ events, clock, logger: silentLogger });
  const emit = async (count: number) => {
    bus.emitAll(Array.from({ length: count }, () => eventDraft('shop')));
    await settle();
  };
  // The fake clock's turns are turns of the real loop: enough of them and all is at rest.
  const settle = async () => {
    await bus.drain();
    for (let turn = 0; turn < 60; turn += 1) await clock.yieldTurn();
  };
  return { clock, log, hub, emit, settle };
}

function upTo(last: number): number[] {
  return Array.from({ length: last }, (_, index) => index + 1);
}

describe('a slow client', () => {
  test('is given nothing while full, costs no memory, delays nobody, and misses nothing afterwards', async () => {
    const { hub, emit, settle } = setUp();
    const [slow, quick] = [new Client(hub), new Client(hub)];
    slow.fill();
    await emit(10);
    const held = slow.text.length;
    await emit(5_000);
    expect(slow.text.length).toBe(held);
    expect(quick.seqs).toEqual(upTo(5_010));
    slow.drain();
    await settle();
    expect(slow.seqs).toEqual(upTo(5_010));
  });

  test('that takes nothing for a minute is cut', async () => {
    const { clock, hub, emit } = setUp();
    const stuck = new Client(hub);
    stuck.fill();
    await emit(1);
    await clock.advance(45_000);
    expect(stuck.response.state).toBe('open');
    await clock.advance(15_000);
    expect(stuck.response.state).toBe('destroyed');
    expect(hub.size).toBe(0);
  });
});

describe('the hub', () => {
  test('sends a comment every 15 s with the place to resume from, filtered clients included', async () => {
    const { clock, hub, emit } = setUp();
    const filtered = new Client(hub, { filter: eventFilter(null, workspaceFilter(['other'], null)) });
    await emit(7);
    await clock.advance(15_000);
    expect(filtered.text).toContain(': heartbeat\nid: 7\n\n');
    expect(filtered.seqs).toEqual([]);
  });

  test('goes on from a cursor that the log has and that was not told yet', async () => {
    const { hub, log, emit } = setUp();
    log.append([eventDraft('shop'), eventDraft('shop')]);
    const client = new Client(hub, { after: 2 });
    await emit(1);
    expect(client.seqs).toEqual([3]);
    expect(client.text).not.toContain('gap');
  });

  test('tells a gap when events left memory and never reached the log', async () => {
    const { hub, log, emit, settle } = setUp();
    const client = new Client(hub);
    await emit(1);
    client.fill();
    await emit(3_000);
    log.prune({ olderThan: Number.MAX_SAFE_INTEGER, keepAtMost: 0 });
    client.drain();
    await settle();
    const gap = /event: gap\ndata: (.*)\n\n/.exec(client.text)?.[1] ?? '{}';
    const { from, to } = JSON.parse(gap);
    expect(from).toBe(2);
    expect([...client.seqs.slice(0, 1), ...client.seqs.slice(1)]).toEqual([1, ...upTo(3_001).slice(to)]);
  });

  test('ends a stream when the log cannot be read, and goes on with the others', async () => {
    const { hub, log, emit, settle } = setUp();
    await emit(3);
    const read = log.read;
    log.read = () => {
      throw new Error('disk I/O error');
    };
    const late = new EventHub({ events: { ...setUpEvents(log), log }, clock: new FakeClock(), logger: silentLogger });
    const behind = new Client(late, { after: 0 });
    await settle();
    expect(behind.response.state).toBe('ended');
    log.read = read;
    const current = new Client(hub);
    await emit(1);
    expect(current.seqs).toEqual([4]);
    late.close();
  });

  test('closed, takes no more clients', () => {
    const { hub } = setUp();
    const before = new Client(hub);
    hub.close();
    const after = new Client(hub);
    expect([before.response.state, after.response.state, hub.size]).toEqual(['ended', 'ended', 0]);
  });
});

function setUpEvents(log: ReturnType<typeof memoryEventLog>) {
  const bus = new EventBus({ log, clock: new FakeClock() });
  return { on: bus.on.bind(bus), getStats: () => bus.getStats() };
}
