import { describe, expect, it } from 'vitest';
import type { EventDraft, TidewatchEvent } from '../model/events.ts';
import { systemClock } from '../runtime/clock.ts';
import { type Logger, silentLogger } from '../runtime/logger.ts';
import { EventBus } from './bus.ts';
import { draftOf, errorOf, until } from './drafts.contract.ts';
import type { EventBusPort, EventPlugin } from './event-bus.ts';
import { memoryEventLog } from './memory-event-log.ts';

/** A logger that keeps what it was told. */
function listeningLogger() {
  const lines: { message: string; fields: Record<string, unknown> }[] = [];
  const keep = (message: string, fields = {}) => void lines.push({ message, fields });
  return { lines, logger: { ...silentLogger, warn: keep, error: keep } satisfies Logger };
}

function numbered(count: number, from = 0): EventDraft[] {
  return Array.from({ length: count }, (_, i) => draftOf(String(from + i)));
}

const messagesOf = (events: readonly TidewatchEvent[]) => events.map(({ message }) => message);

describe('delivery', () => {
  it('hands over events of the asked type in the order they were emitted', async () => {
    const bus = new EventBus();
    const all: TidewatchEvent[] = [];
    const errors: string[] = [];
    bus.on('*', (event) => void all.push(event));
    bus.on('error', ({ data }) => void errors.push(data.error));
    bus.emit(draftOf('a'));
    bus.emitAll([errorOf('b'), draftOf('c')]);
    expect(await bus.drain()).toBe(true);
    expect(messagesOf(all)).toEqual(['a', 'b', 'c']);
    expect(all.map(({ seq }) => seq)).toEqual([1, 2, 3]);
    expect(errors).toEqual(['b']);
  });

  it('happens before timers run, and not within emit', async () => {
    const bus = new EventBus();
    const seen: string[] = [];
    bus.on('*', () => void seen.push('event'));
    setImmediate(() => seen.push('next turn'));
    bus.emit(draftOf('a'));
    expect(seen).toEqual([]);
    await until(() => seen.length === 2);
    expect(seen).toEqual(['event', 'next turn']);
  });

  it('tells an event only when it is in the log', async () => {
    const bus = new EventBus();
    const inLog: boolean[] = [];
    bus.on('*', ({ seq }) => void inLog.push(bus.log.bounds().lastSeq >= seq));
    bus.emitAll(numbered(500));
    await bus.drain();
    expect(inLog).toHaveLength(500);
    expect(inLog).not.toContain(false);
  });

  it('waits for an asynchronous handler before it gives it the next event', async () => {
    const bus = new EventBus();
    const steps: string[] = [];
    bus.on('*', async ({ message }) => {
      steps.push(`begin ${message}`);
      await new Promise((resolve) => setImmediate(resolve));
      steps.push(`end ${message}`);
    });
    bus.emitAll(numbered(3));
    await bus.drain();
    expect(steps).toEqual(['begin 0', 'end 0', 'begin 1', 'end 1', 'begin 2', 'end 2']);
  });

  it('loses nothing of a burst of 50,000 events and lets the event loop turn meanwhile', async () => {
    const bus = new EventBus({ log: memoryEventLog({ capacity: 60_000 }) });
    const seen: number[] = [];
    let turns = 0;
    let isOver = false;
    const turn = () => {
      turns += 1;
      if (!isOver) setImmediate(turn);
    };
    setImmediate(turn);
    bus.on('*', ({ seq }) => void seen.push(seq), { capacity: 50_000 });
    for (let i = 0; i < 50_000; i += 1) bus.emit(draftOf('x'));
    await until(() => seen.length === 50_000, 'delivery of all');
    isOver = true;
    expect(seen.every((seq, index) => seq === index + 1)).toBe(true);
    expect(turns).toBeGreaterThan(3);
    expect(bus.getStats()).toMatchObject({ emitted: 50_000, delivered: 50_000, dropped: 0, pending: 0 });
  });

  it('lets the event loop turn while a chain of microtasks is served', async () => {
    const bus = new EventBus();
    const clock = { isOver: false, turns: 0 };
    const turn = () => {
      clock.turns += 1;
      if (!clock.isOver) setImmediate(turn);
    };
    setImmediate(turn);
    bus.on('*', async () => {
      const endsAt = performance.now() + 0.2;
      while (performance.now() < endsAt);
    });
    bus.emitAll(numbered(500));
    await bus.drain(20_000);
    clock.isOver = true;
    expect(clock.turns).toBeGreaterThan(3);
  });
});

describe('subscribers', () => {
  it('are not harmed by one that throws, rejects or never ends', async () => {
    const { logger, lines } = listeningLogger();
    const bus = new EventBus({ logger });
    const seen: string[] = [];
    bus.on('*', () => {
      throw new Error('thrown');
    });
    bus.on('*', () => Promise.reject(new Error('rejected')), { name: 'rejecting' });
    bus.on('*', () => new Promise<never>(() => {}), { name: 'stuck' });
    bus.on('*', ({ message }) => void seen.push(message));
    bus.emitAll(numbered(100));
    await until(() => seen.length === 100 && bus.getStats().handlerErrors === 200);
    const { subscribers } = bus.getStats();
    expect(subscribers.map(({ errors, queued }) => [errors, queued])).toEqual([
      [100, 0],
      [100, 0],
      [0, 99],
      [0, 0],
    ]);
    expect(lines.length).toBe(2);
  });

  it('that are slow lose their oldest events, are counted, and are told', async () => {
    const { logger, lines } = listeningLogger();
    const bus = new EventBus({ logger });
    let told = 0;
    let release = () => {};
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    const seen: string[] = [];
    const slow = async ({ message }: TidewatchEvent) => {
      await gate;
      seen.push(message);
    };
    bus.on('*', slow, { name: 'slow', capacity: 10, onDrop: (dropped) => (told += dropped) });
    bus.emit(draftOf('first'));
    await until(() => bus.getStats().delivered === 1);
    bus.emitAll(numbered(300));
    await until(() => bus.getStats().emitted === 301);
    expect([told, bus.getStats().dropped]).toEqual([290, 290]);
    release();
    await bus.drain();
    expect(seen).toEqual(['first', ...messagesOf(numbered(10, 290) as TidewatchEvent[])]);
    expect(lines).toHaveLength(1);
  });

  it('may throw in onDrop', async () => {
    const bus = new EventBus();
    const throwing = {
      capacity: 1,
      onDrop: () => {
        throw new Error('no');
      },
    };
    bus.on('*', () => new Promise<never>(() => {}), throwing);
    bus.emitAll(numbered(5));
    await until(() => bus.getStats().handlerErrors === 1);
  });

  it('get nothing any more once they unsubscribed, not even what was queued', async () => {
    const bus = new EventBus();
    const seen: string[] = [];
    const off = bus.on('*', ({ message }) => {
      seen.push(message);
      off();
      off();
    });
    bus.emitAll(numbered(5));
    await bus.drain();
    expect(seen).toEqual(['0']);
    expect(bus.getStats().subscribers).toEqual([]);
  });

  it('may subscribe and emit inside a handler', async () => {
    const bus = new EventBus();
    const inner: string[] = [];
    const off = bus.on('container_update', ({ message }) => {
      off();
      bus.on('*', (event) => void inner.push(event.message));
      bus.emit(errorOf(`after ${message}`));
    });
    bus.emitAll(numbered(2));
    await bus.drain();
    expect(inner).toEqual(['after 0']);
  });

  it('that unsubscribe while they are at work do not hold up a drain', async () => {
    const bus = new EventBus();
    const off = bus.on('*', () => new Promise<never>(() => {}));
    bus.emit(draftOf('a'));
    await until(() => bus.getStats().delivered === 1);
    const drained = bus.drain();
    off();
    expect(await drained).toBe(true);
  });

  it('are told off when they hold the event loop', async () => {
    const { logger, lines } = listeningLogger();
    let at = 0;
    const bus = new EventBus({ logger, clock: { ...systemClock, monotonic: () => at } });
    const hog = () => {
      at += 60;
    };
    bus.on('*', hog, { name: 'hog' });
    bus.emit(draftOf('a'));
    await until(() => bus.getStats().slowCalls === 1);
    expect(lines[0]?.fields).toMatchObject({ subscriber: 'hog', tookMs: 60 });
  });

  it('cannot ask for a type that does not exist', () => {
    expect(() => new EventBus().on('statusChanged' as never, () => {})).toThrow(/no event type "statusChanged"/);
  });
});

describe('emit', () => {
  it('refuses what is no event, and says so once per type instead of throwing', async () => {
    const { logger, lines } = listeningLogger();
    const bus = new EventBus({ logger });
    const junk = [null, undefined, 7, {}, { type: 'nonsense', timestamp: '' }, { type: 'error' }];
    for (const draft of [...junk, ...junk]) bus.emit(draft as never);
    await bus.drain();
    expect(bus.getStats()).toMatchObject({ emitted: 0, store: { refused: 12, lastSeq: 0 } });
    expect(lines.map(({ fields }) => fields?.type)).toEqual(['none', 'nonsense', 'error']);
    for (let n = 0; n < 100; n += 1) bus.emit({ type: `made up ${n}` } as never);
    expect(lines.length).toBe(32);
  });

  it('after close does nothing', async () => {
    const bus = new EventBus();
    await bus.close();
    bus.emit(draftOf('late'));
    await bus.drain();
    expect(bus.log.bounds().lastSeq).toBe(0);
  });
});

describe('plug-ins', () => {
  it.each([[{}], [{ name: 'x', handle: () => {} }], [{ install: () => {} }], [null]])('%j is none', (plugin) => {
    const bus = new EventBus();
    expect(() => bus.use(plugin as unknown as EventPlugin)).toThrow(/an object with a name and install\(bus\)/);
  });

  it('are installed and taken away with all they subscribed', async () => {
    const bus = new EventBus();
    const seen: string[] = [];
    const off = bus.use({
      name: 'recorder',
      install(port) {
        port.on('*', ({ message }) => void seen.push(message));
        return () => void seen.push('teardown');
      },
    });
    bus.emit(draftOf('a'));
    await bus.drain();
    expect(bus.getStats().subscribers[0]?.name).toBe('recorder');
    off();
    off();
    bus.emit(draftOf('b'));
    await bus.drain();
    expect(seen).toEqual(['a', 'teardown']);
  });

  it('that cannot be installed are refused by name and leave nothing behind', () => {
    const bus = new EventBus();
    const install = (port: EventBusPort) => {
      port.on('*', () => {});
      throw new Error('no such host');
    };
    expect(() => bus.use({ name: 'webhook', install })).toThrow(
      expect.objectContaining({ code: 'plugin_failed', message: expect.stringMatching(/webhook.*no such host/) }),
    );
    expect(bus.getStats().subscribers).toEqual([]);
  });

  it('are torn down at close, the last one first, whatever they throw', async () => {
    const { logger, lines } = listeningLogger();
    const bus = new EventBus({ logger });
    const order: string[] = [];
    bus.use({ name: 'one', install: () => () => void order.push('one') });
    bus.use({ name: 'two', install: () => () => Promise.reject(new Error('two')) });
    bus.use({ name: 'three', install: () => async () => void order.push('three') });
    await bus.close();
    await bus.close();
    expect(order).toEqual(['three', 'one']);
    expect(lines).toHaveLength(1);
  });
});

describe('drain', () => {
  it('gives up at its limit', async () => {
    const bus = new EventBus();
    bus.on('*', () => new Promise<never>(() => {}));
    bus.emit(draftOf('a'));
    expect(await bus.drain(20)).toBe(false);
  });
});

it('what cannot log is no logger', () => {
  expect(() => new EventBus({ logger: { info() {} } as never })).toThrow(
    expect.objectContaining({
      code: 'config_invalid',
      message: expect.stringContaining('missing: debug, warn, error'),
    }),
  );
});
