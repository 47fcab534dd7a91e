import { describe, expect, it } from 'vitest';
import { TidewatchError } from '../model/errors.ts';
import { running, startScripted } from './scripted-tracker.contract.ts';

const NEVER = new AbortController().signal;
const HALF = { cpuCores: 0.5, pids: Number.POSITIVE_INFINITY };
const some = { ...running, pid: 7, network: 'own' as const, limits: HALF };

describe('a run of a container', () => {
  it('is told from memory once it was inspected', async () => {
    const { engine, clock, tracker } = await startScripted((world) => world.put('a', some));
    await clock.advance(1_000);
    const { inspect } = engine.calls;
    expect(inspect).toBe(1);
    expect(await tracker.getContainerRun('a', NEVER)).toMatchObject({ containerId: 'a', pid: 7, network: 'own' });
    expect(engine.calls.inspect).toBe(inspect);
  });

  it('is waited for where the tracker is about to ask: one question for both', async () => {
    const { engine, clock, tracker } = await startScripted();
    engine.put('a', some);
    engine.happen('a', 'create');
    engine.happen('a', 'start');
    const told = tracker.getContainerRun('a', NEVER);
    await clock.advance(149);
    expect(engine.calls.inspect).toBe(0);
    await clock.advance(1);
    expect((await told)?.limits()).toEqual(HALF);
    await clock.advance(10_000);
    expect(engine.calls.inspect).toBe(1);
  });

  it('that begins anew is asked for again, once it has settled', async () => {
    const { engine, clock, tracker } = await startScripted((world) => world.put('a', some));
    await clock.advance(1_000);
    engine.happen('a', 'die', { exitCode: 0 });
    await clock.advance(60_000);
    engine.put('a', { pid: 8 });
    engine.happen('a', 'start');
    const told = tracker.getContainerRun('a', NEVER);
    await clock.advance(150);
    expect(await told).toMatchObject({ pid: 8, startedAt: clock.now() - 150 });
  });

  it('has the limits that the newest inspection told', async () => {
    const { engine, clock, tracker } = await startScripted((world) => world.put('a', some));
    await clock.advance(1_000);
    const run = await tracker.getContainerRun('a', NEVER);
    engine.put('a', { limits: { cpuCores: 2, pids: 10 } });
    engine.happen('a', 'update');
    await clock.advance(150);
    expect(run?.limits()).toEqual({ cpuCores: 2, pids: 10 });
    engine.happen('a', 'destroy');
    expect(run?.limits()).toBeNull();
  });

  it('is none where the engine does not tell, and nobody waits for ever', async () => {
    const { engine, clock, tracker } = await startScripted((world) => world.put('a', { ...some, pid: 0 }));
    engine.failure = new TidewatchError('engine_unreachable', 'gone');
    engine.cut();
    const told = tracker.getContainerRun('a', NEVER);
    await clock.advance(1_000);
    expect(await told).toBeNull();
    const aborter = new AbortController();
    const given = tracker.getContainerRun('a', aborter.signal);
    aborter.abort();
    expect(await given).toBeNull();
    const late = tracker.getContainerRun('a', NEVER);
    await tracker.stop();
    expect([await late, await tracker.getContainerRun('a', NEVER)]).toEqual([null, null]);
  });

  it('of a container that nobody knows is none', async () => {
    const { clock, tracker } = await startScripted();
    const told = tracker.getContainerRun('ghost', NEVER);
    await clock.advance(1_000);
    expect(await told).toBeNull();
  });

  it('of which what it may use was changed is told, once the new limits are known', async () => {
    const limits = { cpuCores: 2, pids: Number.POSITIVE_INFINITY };
    const { engine, clock, tracker } = await startScripted((world) => world.put('a', { ...some, limits }));
    await clock.advance(1_000);
    const told: unknown[] = [];
    const lookAgain = async (id: string) => {
      const run = await tracker.getContainerRun(id, new AbortController().signal);
      told.push(id, run?.limits()?.cpuCores);
    };
    tracker.onContainerUpdate(() => {
      throw new Error('of no harm to others');
    });
    const off = tracker.onContainerUpdate((id) => void lookAgain(id));
    engine.put('a', { limits: { ...limits, cpuCores: 1 } });
    engine.happen('a', 'update');
    await clock.advance(1_000);
    expect(told).toEqual(['a', 1]);
    off();
    engine.happen('a', 'update');
    await clock.advance(1_000);
    expect(told).toHaveLength(2);
  });
});
