import { describe, expect, it } from 'vitest';
import { TidewatchError } from '../model/errors.ts';
import type { EventDraft, TidewatchEvent } from '../model/events.ts';
import { FakeClock } from '../runtime/fake-clock.ts';
import { type Logger, silentLogger } from '../runtime/logger.ts';
import { EventBus } from './bus.ts';
import { draftOf } from './drafts.contract.ts';
import type { EventLog } from './event-log.ts';
import { memoryEventLog } from './memory-event-log.ts';

/** A bus on a log that can be made unwritable. */
function setUp() {
  const clock = new FakeClock();
  const disk = { isFull: false };
  const memory = memoryEventLog({ clock, capacity: 100_000 });
  const log: EventLog = {
    ...memory,
    append(drafts, firstSeq) {
      if (disk.isFull) throw new TidewatchError('store_unwritable', 'the disk is full');
      if (drafts.some(({ message }) => message === 'poison')) throw new TypeError('not serialisable');
      return memory.append(drafts, firstSeq);
    },
  };
  const errors: string[] = [];
  const infos: string[] = [];
  const logger: Logger = {
    ...silentLogger,
    error: (message) => void errors.push(message),
    info: (message) => void infos.push(message),
  };
  const bus = new EventBus({ log, clock, logger });
  const seen: TidewatchEvent[] = [];
  bus.on('*', (event) => void seen.push(event), { capacity: 100_000 });
  return { clock, disk, log, bus, seen, errors, infos };
}

const numbered = (count: number, from = 0): EventDraft[] =>
  Array.from({ length: count }, (_, i) => draftOf(String(from + i)));
const typesOf = (events: readonly TidewatchEvent[]) => events.map(({ type }) => type);

function everything(log: Pick<EventLog, 'read'>): TidewatchEvent[] {
  const all: TidewatchEvent[] = [];
  for (let after = 0; ; ) {
    const page = log.read({ after, limit: 1000 });
    all.push(...page.items);
    if (page.nextAfter === after) return all;
    after = page.nextAfter;
  }
}

describe('a log that cannot be written', () => {
  it('holds events back until the second try, which may work', async () => {
    const { clock, disk, log, bus, seen, errors, infos } = setUp();
    disk.isFull = true;
    bus.emitAll(numbered(3));
    await clock.advance(0);
    expect(seen).toEqual([]);
    expect(bus.getStats()).toMatchObject({ pending: 3, store: { writable: false, lastError: 'the disk is full' } });
    disk.isFull = false;
    await clock.advance(250);
    expect(everything(log)).toEqual(seen);
    expect(typesOf(seen)).toEqual(['container_update', 'container_update', 'container_update']);
    expect(bus.getStats()).toMatchObject({ pending: 0, store: { writable: true } });
    expect([errors.length, infos.length]).toEqual([1, 1]);
  });

  it('does not stop live events: they are told at the place they get later', async () => {
    const { clock, disk, log, bus, seen, errors, infos } = setUp();
    bus.emit(draftOf('before'));
    await clock.advance(0);
    disk.isFull = true;
    bus.emitAll(numbered(200));
    await clock.advance(60_000);
    bus.emitAll(numbered(200, 200));
    await clock.advance(60_000);
    expect(seen).toHaveLength(402);
    expect(seen.find(({ type }) => type === 'error')?.data).toMatchObject({ code: 'store_unwritable' });
    expect(log.bounds().lastSeq).toBe(1);
    disk.isFull = false;
    await clock.advance(5_000);
    expect(everything(log)).toEqual(seen);
    expect(seen.map(({ seq }) => seq)).toEqual(seen.map((_, index) => index + 1));
    expect(seen.at(-1)).toMatchObject({ type: 'recovery', data: { resolvedError: 'the disk is full' } });
    expect([errors.length, infos.length]).toEqual([1, 1]);
  });

  it('is read together with what was told meanwhile', async () => {
    const { clock, disk, bus, seen } = setUp();
    bus.emitAll(numbered(5));
    await clock.advance(0);
    disk.isFull = true;
    bus.emitAll([...numbered(5, 5), { ...draftOf('mine', 'ws') }]);
    await clock.advance(1_000);
    expect(bus.log.bounds()).toEqual({ firstSeq: 1, lastSeq: 12 });
    expect(everything(bus.log)).toEqual(seen);
    expect(bus.log.read({ after: 7, limit: 2 })).toMatchObject({ nextAfter: 9, gap: null });
    expect(bus.log.read({ after: 5, limit: 9, workspaceId: 'ws' }).items.map(({ message }) => message)).toEqual([
      'mine',
    ]);
    expect(bus.log.read({ after: 99, limit: 2 })).toEqual({ items: [], nextAfter: 12, gap: { from: 1, to: 12 } });
  });

  it('for too long loses the oldest events and says so at their place', async () => {
    const { clock, disk, log, bus, seen } = setUp();
    bus.emit(draftOf('before'));
    await clock.advance(0);
    disk.isFull = true;
    bus.emitAll(numbered(12_000));
    await clock.advance(1_000);
    expect(bus.getStats()).toMatchObject({ pending: 10_000, store: { lost: 2_001, lastSeq: 12_002 } });
    expect(bus.log.read({ after: 1, limit: 1 }).gap).toEqual({ from: 2, to: 2_002 });
    disk.isFull = false;
    await clock.advance(5_000);
    const kept = everything(log);
    expect(kept[1]).toMatchObject({ type: 'gap', seq: 2_002, data: { scope: 'log' } });
    expect(kept[1]?.message).toContain('2001 events were not stored (numbers 2 to 2002)');
    expect(kept.slice(2)).toEqual(seen.slice(2_002));
    expect(kept.at(-1)?.type).toBe('recovery');
    expect(seen.map(({ seq }) => seq)).toEqual(seen.map((_, index) => index + 1));
  });

  it('again while it is caught up with, goes on where it was', async () => {
    const { clock, disk, log, bus, seen } = setUp();
    disk.isFull = true;
    bus.emitAll(numbered(1_000));
    await clock.advance(1_000);
    const { append } = log;
    let calls = 0;
    Object.assign(log, {
      append(drafts: readonly EventDraft[], firstSeq?: number) {
        calls += 1;
        if (calls % 3 === 0) throw new TidewatchError('store_unwritable', 'again');
        return append(drafts, firstSeq);
      },
    });
    disk.isFull = false;
    await clock.advance(120_000);
    expect(everything(log)).toEqual(seen);
    expect(bus.getStats().pending).toBe(0);
  });

  it('is tried once more at close', async () => {
    const { clock, disk, log, bus } = setUp();
    disk.isFull = true;
    bus.emitAll(numbered(2_000));
    await clock.advance(1_000);
    disk.isFull = false;
    const closing = bus.close();
    await clock.advance(10_000);
    await closing;
    expect(log.bounds().lastSeq).toBe(2_002);
  });

  it('to the end loses what it held, and the last log line says how many', async () => {
    const { clock, disk, bus, errors } = setUp();
    disk.isFull = true;
    bus.emitAll(numbered(5));
    const closing = bus.close();
    await clock.advance(10_000);
    await closing;
    expect(errors.at(-1)).toMatch(/events are lost/);
  });
});

describe('an event that cannot be stored at all', () => {
  it('is left out, and the others of its batch are kept', async () => {
    const { clock, bus, seen, log, errors } = setUp();
    bus.emitAll([draftOf('a'), draftOf('poison'), draftOf('b')]);
    await clock.advance(0);
    expect(seen.map(({ message, seq }) => [message, seq])).toEqual([
      ['a', 1],
      ['b', 2],
    ]);
    expect(everything(log)).toEqual(seen);
    expect([errors.length, bus.getStats().store.lost]).toEqual([1, 1]);
  });

  it('does not hold up what waits for the log', async () => {
    const { clock, disk, bus, seen, log } = setUp();
    disk.isFull = true;
    bus.emitAll([draftOf('a'), draftOf('poison'), draftOf('b')]);
    await clock.advance(1_000);
    disk.isFull = false;
    await clock.advance(10_000);
    expect(seen.map(({ message }) => message).slice(0, 3)).toEqual(['a', 'poison', 'b']);
    expect(typesOf(everything(log))).toEqual(['container_update', 'gap', 'container_update', 'error', 'recovery']);
    expect(everything(log).map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5]);
  });
});

it('more than can wait at once is told as a gap', async () => {
  const { clock, bus, seen } = setUp();
  bus.emitAll(numbered(200_010));
  await clock.advance(0);
  await bus.drain();
  expect(seen[0]).toMatchObject({ seq: 1, type: 'gap', data: { scope: 'log' } });
  expect(seen.at(-1)).toMatchObject({ message: '200009' });
  expect(bus.getStats().store.lost).toBe(10);
});
