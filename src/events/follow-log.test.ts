import { describe, expect, it } from 'vitest';
import { TidewatchError } from '../model/errors.ts';
import { FakeClock } from '../runtime/fake-clock.ts';
import { EventBus } from './bus.ts';
import { draftOf, errorOf, until } from './drafts.contract.ts';
import { type Followed, type FollowOptions, followLog } from './follow-log.ts';
import { memoryEventLog } from './memory-event-log.ts';

/** Follows in the background; `seen` grows as events come. */
function follow(bus: EventBus, options: Omit<FollowOptions, 'signal'> = {}) {
  const abort = new AbortController();
  const seen: Followed[] = [];
  const ended = (async () => {
    for await (const item of followLog({ log: bus.log, bus }, { ...options, signal: abort.signal })) seen.push(item);
  })();
  return { seen, ended, stop: () => abort.abort() };
}

const seqsOf = (seen: readonly Followed[]) => seen.map((item) => (item.kind === 'event' ? item.event.seq : item));
const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i);
const many = (count: number) => Array.from({ length: count }, (_, i) => draftOf(`e${i}`));

describe('a follower', () => {
  it('reads from its cursor and goes on live without a hole', async () => {
    const bus = new EventBus();
    bus.emitAll(many(700));
    await bus.drain();
    const { seen, stop, ended } = follow(bus, { after: 100 });
    bus.emitAll(many(500));
    await until(() => seen.length >= 1_100);
    bus.emitAll(many(3));
    await until(() => seen.length >= 1_103);
    stop();
    await ended;
    expect(seqsOf(seen)).toEqual(range(101, 1_203));
    expect(bus.getStats().subscribers).toEqual([]);
  });

  it('begins at the end of the log when it has no cursor', async () => {
    const bus = new EventBus();
    bus.emitAll(many(5));
    await bus.drain();
    const { seen, stop, ended } = follow(bus);
    bus.emitAll(many(2));
    await until(() => seen.length >= 2);
    stop();
    await ended;
    expect(seqsOf(seen)).toEqual([6, 7]);
  });

  it('gets only what it asked for', async () => {
    const bus = new EventBus();
    bus.emitAll([draftOf('a', 'ws'), errorOf('b', 'ws'), errorOf('c', 'other')]);
    await bus.drain();
    const { seen, stop, ended } = follow(bus, { after: 0, types: ['error'], workspaceId: 'ws' });
    await until(() => seen.length >= 1);
    bus.emitAll([errorOf('d', 'other'), draftOf('e', 'ws'), errorOf('f', 'ws')]);
    await until(() => seen.length >= 2);
    stop();
    await ended;
    expect(seqsOf(seen)).toEqual([2, 6]);
  });

  it('is told what was deleted before it came, and that its cursor is of another log', async () => {
    const bus = new EventBus({ log: memoryEventLog({ capacity: 3 }) });
    bus.emitAll(many(10));
    await bus.drain();
    const late = follow(bus, { after: 2 });
    const lost = follow(bus, { after: 99 });
    await until(() => late.seen.length >= 4 && lost.seen.length >= 1);
    bus.emit(draftOf('next'));
    await until(() => late.seen.length >= 5 && lost.seen.length >= 2);
    for (const { stop } of [late, lost]) stop();
    await Promise.all([late.ended, lost.ended]);
    expect(seqsOf(late.seen)).toEqual([{ kind: 'gap', from: 3, to: 7 }, 8, 9, 10, 11]);
    expect(seqsOf(lost.seen)).toEqual([{ kind: 'gap', from: 1, to: 10 }, 11]);
  });

  it('that is slow falls back to the log and misses nothing', async () => {
    const bus = new EventBus();
    const abort = new AbortController();
    const reader = followLog({ log: bus.log, bus }, { after: 0, signal: abort.signal });
    bus.emit(draftOf('first'));
    const seqs: number[] = [];
    for (let i = 0; i < 5_001; i += 1) {
      const { value } = await reader.next();
      if (value?.kind === 'event') seqs.push(value.event.seq);
      if (i === 0) bus.emitAll(many(5_000));
      if (i === 0) await bus.drain();
    }
    abort.abort();
    await reader.return(undefined);
    expect(seqs).toEqual(range(1, 5_001));
    expect(bus.getStats().dropped).toBe(0);
  });

  it('goes on while the log cannot be written', async () => {
    const clock = new FakeClock();
    const memory = memoryEventLog({ clock });
    let isFull = false;
    const append: typeof memory.append = (drafts, firstSeq) => {
      if (isFull) throw new TidewatchError('store_unwritable', 'full');
      return memory.append(drafts, firstSeq);
    };
    const bus = new EventBus({ clock, log: { ...memory, append } });
    bus.emitAll(many(2));
    await clock.advance(0);
    isFull = true;
    bus.emitAll(many(400));
    await clock.advance(1_000);
    const { seen, stop, ended } = follow(bus, { after: 0 });
    await until(() => seen.length >= 403);
    bus.emitAll(many(400));
    await until(() => seen.length >= 803);
    isFull = false;
    await clock.advance(10_000);
    await until(() => seen.length >= 804);
    stop();
    await ended;
    expect(seqsOf(seen)).toEqual(range(1, 804));
  });

  it('ends at once when it is aborted before it began', async () => {
    const bus = new EventBus();
    const reader = followLog({ log: bus.log, bus }, { after: 0, signal: AbortSignal.abort() });
    expect(await reader.next()).toEqual({ value: undefined, done: true });
  });
});
