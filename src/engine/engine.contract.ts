import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { TidewatchError } from '../model/errors.ts';
import type { ContainerSummary, Engine, EngineAction, EngineEvent } from './engine.ts';
import { eventually } from './eventually.contract.ts';
import { createUsageFrame, USAGE } from './usage.ts';

/** What the suite does to containers; each resolves when the engine has done it. */
export interface ContractWorld {
  /** Runs a container that stays until it is ended; gives its full id. */
  run(labels?: Readonly<Record<string, string>>): Promise<string>;
  stop(id: string): Promise<void>;
  kill(id: string): Promise<void>;
  /** Removes it, also while it runs. */
  remove(id: string): Promise<void>;
}

/** An engine with its world; others may use the same one meanwhile. */
export interface ContractEngine {
  readonly engine: Engine;
  readonly world: ContractWorld;
  /** Makes the engine unreachable for good, where that can be done; the last test needs it. */
  lose?(): Promise<void>;
  close(): Promise<void>;
}

/** The promises of the port {@link Engine}: every implementation passes them. */
export function describeEngineContract(name: string, open: () => Promise<ContractEngine>): void {
  describe(`${name} keeps the promises of an engine`, () => {
    let opened: ContractEngine;
    beforeAll(async () => {
      opened = await open();
      await opened.engine.connect();
    });
    afterAll(() => opened?.close());
    listing(() => opened);
    watching(() => opened);
    usage(() => opened);
    stats(() => opened);
    losing(() => opened);
    closing(() => opened);
  });
}

function listing(opened: () => ContractEngine): void {
  test('a list has every container, running or ended, with its labels', async () => {
    const { engine, world } = opened();
    const ids = [await world.run({ 'contract.n': '1' }), await world.run({ 'contract.n': '2' }), await world.run()];
    await world.kill(ids[2]!);
    await eventually(async () => {
      const rows = await listed(engine);
      const mine = ids.map((id) => rows.find((row) => row.id === id));
      expect(mine.map((row) => row?.state)).toEqual(['running', 'running', 'exited']);
      expect(mine.map((row) => row?.labels['contract.n'])).toEqual(['1', '2', undefined]);
    });
    await Promise.all(ids.map((id) => world.remove(id)));
  });

  test('an inspect tells the whole of a container, and how it ended', async () => {
    const { engine, world } = opened();
    const id = await world.run({ 'contract.label': 'kept' });
    const running = await engine.inspect(id);
    expect(running).toMatchObject({ id, state: 'running', exitCode: null, finishedAt: null, error: '' });
    expect(running!.labels).toMatchObject({ 'contract.label': 'kept' });
    expect(running!.pid).toBeGreaterThan(0);
    await world.kill(id);
    await eventually(async () => expect(await engine.inspect(id)).toMatchObject({ state: 'exited', exitCode: 137 }));
    const ended = await engine.inspect(id);
    expect(ended!.finishedAt).toBeGreaterThanOrEqual(running!.startedAt!);
    await world.remove(id);
  });

  test('a list that is left in the middle harms no later call', async () => {
    const { engine, world } = opened();
    const id = await world.run();
    for await (const rows of engine.list()) if (rows.length > 0) break;
    expect((await listed(engine)).map((row) => row.id)).toContain(id);
    await world.remove(id);
  });

  test('connecting again gives the same answer, and calls work as before', async () => {
    const { engine } = opened();
    const again = await engine.connect();
    expect(again.apiVersion).toBe((await engine.ping()).apiVersion);
    expect(again.dialect).toMatch(/^(docker|podman)$/);
    await listed(engine);
  });

  test('an inspect of an unknown container gives null', async () => {
    expect(await opened().engine.inspect('f'.repeat(64))).toBeNull();
  });

  test('an aborted call rejects with the reason of its signal', async () => {
    await expect(opened().engine.ping(AbortSignal.abort('enough'))).rejects.toBe('enough');
  });
}

function watching(opened: () => ContractEngine): void {
  test('a watch tells a run from create to destroy in order', async () => {
    const { engine, world } = opened();
    await using seen = await watch(engine);
    const id = await world.run();
    await world.stop(id);
    await world.remove(id);
    await eventually(() => expect(seen.actionsOf(id)).toContain('destroy'));
    expect(seen.actionsOf(id).filter((action) => ['create', 'start', 'die', 'destroy'].includes(action))).toEqual([
      'create',
      'start',
      'die',
      'destroy',
    ]);
  });

  test('an event tells what belongs to it: labels with create, the signal with kill, the exit code with die', async () => {
    const { engine, world } = opened();
    const { dialect } = await engine.ping();
    await using seen = await watch(engine);
    const id = await world.run({ 'contract.label': '표 🌊' });
    await world.kill(id);
    await eventually(() => expect(seen.actionsOf(id)).toContain('die'));
    const told = (action: EngineAction) =>
      seen.events.find((event) => event.containerId === id && event.action === action);
    expect(told('create')!.labels).toEqual({ 'contract.label': '표 🌊' });
    expect(told('die')).toMatchObject({ exitCode: 137, signal: null, health: null });
    for (const action of ['create', 'start', 'kill'] as const) expect(told(action)?.exitCode ?? null).toBeNull();
    // Podman does not say which signal it was, and may not tell the kill at all.
    if (dialect === 'docker') expect(told('kill')).toMatchObject({ signal: 9 });
    expect(told('start')!.name).toBe((await engine.inspect(id))!.name);
    await world.remove(id);
  });

  test('since is inclusive: a watch from an event on tells that event again', async () => {
    const { engine, world } = opened();
    await using first = await watch(engine);
    const id = await world.run();
    await eventually(() => expect(first.actionsOf(id)).toContain('start'));
    const start = first.events.find((event) => event.containerId === id && event.action === 'start')!;

    await using again = await watch(engine, { since: start.timeNano });
    await eventually(() => expect(again.events.map(({ timeNano }) => timeNano)).toContain(start.timeNano));
    expect(again.actionsOf(id)).not.toContain('create');
    await world.remove(id);
  });

  test('a watch up to a past instant replays and ends cleanly', async () => {
    const { engine, world } = opened();
    const from = (await engine.ping()).serverTime - 2_000;
    const id = await world.run();
    await using live = await watch(engine, { since: from });
    await eventually(() => expect(live.actionsOf(id)).toContain('start'));
    const start = live.events.find((event) => event.containerId === id && event.action === 'start')!;
    // Up to the next whole second, so that nothing of the instant is lost in a double.
    const until = Math.ceil(start.at / 1000) * 1000;
    await eventually(async () => expect((await engine.ping()).serverTime).toBeGreaterThan(until));

    await using replay = await watch(engine, { since: from, until });
    await replay.ended;
    expect(replay.actionsOf(id)).toContain('start');
    await world.remove(id);
  });

  test('nothing is lost between the subscription and a list', async () => {
    const { engine, world } = opened();
    for (let round = 0; round < 5; round += 1) {
      const since = (await engine.ping()).serverTime - 2_000;
      const started = world.run();
      await using seen = await watch(engine, { since });
      const rows = await listed(engine);
      const id = await started;
      await eventually(() =>
        expect(rows.some((row) => row.id === id) || seen.actionsOf(id).includes('create')).toBe(true),
      );
      await eventually(() => expect(seen.actionsOf(id)).toContain('start'));
      await world.remove(id);
    }
  });

  test('an aborted watch ends without an error, and hears nothing after it', async () => {
    const { engine, world } = opened();
    const seen = await watch(engine);
    await seen[Symbol.asyncDispose]();
    const heard = seen.events.length;
    await world.remove(await world.run());
    await engine.ping();
    expect(seen.events).toHaveLength(heard);
  });
}

function usage(opened: () => ContractEngine): void {
  test('usage is told while a container runs; then its run is over, and so it is for one that is unknown', async (context) => {
    const { engine, world } = opened();
    const source = engine.usage?.();
    if (source === undefined) return context.skip('this engine tells no usage');
    const id = await world.run();
    const network = 'none';
    const readers = await Promise.all(
      [id, 'e'.repeat(64)].map((containerId) =>
        source.open({ containerId, pid: 0, network }, new AbortController().signal),
      ),
    );
    const [known, unknown] = readers.map((reader) => {
      if ('refused' in reader) throw new Error(reader.refused);
      return reader;
    });
    const frame = createUsageFrame();
    expect(await known!.read(frame, 'full')).toBe(true);
    expect(frame[USAGE.cpuNs]).toBeGreaterThanOrEqual(0);
    expect(frame[USAGE.pids]).toBe(1);
    expect(frame[USAGE.networkRxBytes]).toBeNaN();
    expect(known!.missing.get('networkRxBytes')).toBeDefined();
    expect(await unknown!.read(frame, 'full')).toBe(false);
    await world.kill(id);
    await eventually(async () => expect(await known!.read(createUsageFrame(), 'full')).toBe(false));
    await world.remove(id);
    expect(engine.getStats().calls.stats).toBeGreaterThanOrEqual(3);
    source.close();
  });
}

function stats(opened: () => ContractEngine): void {
  test('every call is counted by its kind', async () => {
    const { engine } = opened();
    const before = engine.getStats().calls;
    await engine.ping();
    await listed(engine);
    await engine.inspect('e'.repeat(64));
    await (await watch(engine))[Symbol.asyncDispose]();
    expect(engine.getStats().calls).toEqual({
      ...before,
      ping: before.ping + 1,
      list: before.list + 1,
      inspect: before.inspect + 1,
      events: before.events + 1,
    });
  });
}

function losing(opened: () => ContractEngine): void {
  test('a lost engine breaks the watch, and every call rejects with a code that says so and may be tried again', async (context) => {
    const { engine, lose } = opened();
    if (!lose) return context.skip('this engine cannot be made unreachable');
    const seen = await watch(engine);
    const broken = seen.ended.catch((error: unknown) => error);
    await lose();
    const failures = await Promise.all([
      broken,
      engine.ping().catch((error: unknown) => error),
      engine.inspect('d'.repeat(64)).catch((error: unknown) => error),
      listed(engine).catch((error: unknown) => error),
    ]);
    for (const failure of failures) {
      expect(failure).toBeInstanceOf(TidewatchError);
      expect(failure).toMatchObject({ code: 'engine_unreachable', retriable: true });
    }
    expect(engine.getStats().failures).toBeGreaterThanOrEqual(4);
  });
}

function closing(opened: () => ContractEngine): void {
  test('after close every call rejects with engine_unreachable, and closing again does nothing', async () => {
    const { engine } = opened();
    await engine.close();
    await engine.close();
    const calls = [engine.ping(), engine.connect(), engine.inspect('c'.repeat(64)), listed(engine), watch(engine)];
    for (const outcome of await Promise.allSettled(calls)) {
      expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'engine_unreachable' } });
    }
  });
}

interface Watched extends AsyncDisposable {
  readonly events: readonly EngineEvent[];
  readonly ended: Promise<void>;
  actionsOf(id: string): EngineAction[];
}

/** Watches from now on unless told; resolves when the engine took the subscription. */
async function watch(engine: Engine, told: { since?: number | string; until?: number } = {}): Promise<Watched> {
  const events: EngineEvent[] = [];
  const aborter = new AbortController();
  const since = told.since ?? Math.max(0, (await serverTime(engine)) - 2_000);
  const until = told.until === undefined ? {} : { until: told.until };
  let ended: Promise<void> = Promise.resolve();
  await new Promise<void>((resolve, reject) => {
    ended = engine.watch({
      since,
      ...until,
      onOpen: resolve,
      onEvents: (batch) => void events.push(...batch),
      signal: aborter.signal,
    });
    ended.catch(reject);
  });
  return {
    events,
    ended,
    actionsOf: (id) => events.filter(({ containerId }) => containerId === id).map(({ action }) => action),
    [Symbol.asyncDispose]() {
      aborter.abort();
      return ended;
    },
  };
}

const serverTimes = new WeakMap<Engine, { offset: number }>();

/** The engine's time without a call for each: calls are counted by one of the tests. */
async function serverTime(engine: Engine): Promise<number> {
  let known = serverTimes.get(engine);
  if (!known) {
    known = { offset: (await engine.ping()).serverTime - Date.now() };
    serverTimes.set(engine, known);
  }
  return Date.now() + known.offset;
}

async function listed(engine: Engine): Promise<ContainerSummary[]> {
  const rows: ContainerSummary[] = [];
  for await (const batch of engine.list()) rows.push(...batch);
  return rows;
}
