import { describe, expect, test } from 'vitest';
import type { Dialect, Happening } from './engine-event.ts';
import { FakeWorld } from './fake-world.ts';

/** A world that only writes down what it tells. */
class RecordedWorld extends FakeWorld {
  readonly told: Happening[] = [];
  #ns = 1_795_402_832_000_000_000n;

  constructor(dialect: Dialect = 'docker', apiVersion = '1.41') {
    super({ dialect, apiVersion, seed: 'test', networkEvents: true });
  }

  now(): number {
    return Number(this.#ns / 1_000_000n);
  }

  protected stamp(): bigint {
    this.#ns += 137n;
    return this.#ns;
  }

  protected tell(happening: Happening): void {
    this.told.push(happening);
  }

  protected changing(): void {}

  /** What was told since the last call, in short, as in `die(137)`. */
  take(): string {
    const words = this.told.splice(0).map(({ action, attributes }) => {
      const detail = attributes.signal ?? (action === 'die' ? attributes.exitCode : undefined);
      return detail === undefined ? action : `${action}(${detail})`;
    });
    return words.join(' ');
  }
}

// Recorded from Docker 20.10.24: network events stand where the real engine puts them.
describe('Docker', () => {
  const cases: [string, (world: RecordedWorld, id: string) => void, string][] = [
    ['run', (world) => world.run(), 'create connect start'],
    ['exit 3', (world, id) => world.die(id, { exitCode: 3 }), 'die(3) disconnect'],
    ['stop, obeyed', (world, id) => world.stop(id), 'kill(15) die(143) disconnect stop'],
    ['stop, ignored', (world, id) => world.stop(id, { forced: true }), 'kill(15) kill(9) die(137) disconnect stop'],
    ['restart', (world, id) => world.restart(id), 'kill(15) kill(9) die(137) disconnect stop connect start restart'],
    ['kill', (world, id) => world.kill(id), 'kill(9) die(137) disconnect'],
    ['kill -HUP', (world, id) => world.kill(id, 1), 'kill(1)'],
    ['rm -f', (world, id) => world.destroy(id), 'kill(9) die(137) disconnect destroy'],
    ['out of memory', (world, id) => world.die(id, { oom: true }), 'oom die(137) disconnect'],
    ['a child out of memory', (world, id) => world.oom(id), 'oom'],
    ['rename', (world, id) => world.rename(id, 'other'), 'rename'],
    ['update', (world, id) => world.update(id), 'update'],
    ['health', (world, id) => world.setHealth(id, 'unhealthy'), 'health_status: unhealthy'],
    ['health starting is not told', (world, id) => world.setHealth(id, 'starting'), ''],
    ['exec', (world, id) => world.exec(id, { command: 'true' }), 'exec_create: true exec_start: true exec_die'],
  ];
  test.each(cases)('%s', (_, act, expected) => {
    const world = new RecordedWorld();
    const id = world.add();
    act(world, id);
    expect(world.take()).toBe(expected);
  });

  test('--rm destroys after the end', () => {
    const world = new RecordedWorld();
    const id = world.add({ autoRemove: true });
    world.die(id);
    expect(world.take()).toBe('die(0) disconnect destroy');
    expect(world.get(id)).toBeUndefined();
  });

  test('a restart policy starts again without a restart event, counts, and gives up in silence', () => {
    const world = new RecordedWorld();
    const id = world.add({ restartPolicy: 'on-failure', maxRetries: 2 });
    world.crashLoop(id, 9, 1);
    expect(world.take()).toBe('die(1) disconnect connect start die(1) disconnect connect start die(1) disconnect');
    expect(world.get(id)).toMatchObject({ state: 'exited', restartCount: 2, exitCode: 1 });
  });

  test('a restarting container keeps its exit code and may be given up', () => {
    const world = new RecordedWorld();
    const id = world.add({ restartPolicy: 'always' });
    world.die(id, { exitCode: 3 });
    expect(world.get(id)).toMatchObject({ state: 'restarting', exitCode: 3, pid: 0 });
    world.giveUp(id);
    expect(world.get(id)?.state).toBe('exited');
  });

  test('a failed start leaves only state behind', () => {
    const world = new RecordedWorld();
    const id = world.create();
    world.failStart(id);
    expect(world.take()).toBe('create connect disconnect');
    expect(world.get(id)).toMatchObject({ state: 'created', exitCode: 127, startedNs: 0n });
    expect(world.get(id)?.error).toContain('not found');
  });

  test('the out-of-memory flag is set at exit, with the event from API 1.43 on, and cleared by the next start', () => {
    const old = new RecordedWorld('docker', '1.41');
    const id = old.add();
    old.oom(id);
    expect(old.get(id)?.oomKilled).toBe(false);
    old.die(id, { exitCode: 0 });
    expect(old.get(id)?.oomKilled).toBe(true);
    old.start(id);
    expect(old.get(id)?.oomKilled).toBe(false);

    const recent = new RecordedWorld('docker', '1.43');
    const other = recent.add();
    recent.oom(other);
    expect(recent.get(other)?.oomKilled).toBe(true);
  });

  test('a pause makes health unhealthy until the next probe, without telling', () => {
    const world = new RecordedWorld();
    const id = world.add({ health: 'healthy' });
    world.pause(id);
    world.unpause(id);
    expect(world.take()).toBe('pause unpause');
    expect(world.get(id)?.health).toBe('unhealthy');
  });

  test('what the engine says wins over labels of the same name', () => {
    const world = new RecordedWorld();
    world.create({ name: 'mine', image: 'real', labels: { name: 'evil', image: 'evil', other: 'x' } });
    expect(world.told[0]?.attributes).toEqual({ name: 'mine', image: 'real', other: 'x' });
  });

  test('the old name comes with a slash, and the new one finds the container', () => {
    const world = new RecordedWorld();
    const id = world.add({ name: 'before' });
    world.rename('before', 'after');
    expect(world.told[0]?.attributes).toMatchObject({ name: 'after', oldName: '/before' });
    expect(world.get('after')?.id).toBe(id);
    expect(world.get('before')).toBeUndefined();
  });
});

describe('Podman', () => {
  const cases: [string, (world: RecordedWorld, id: string) => void, string][] = [
    ['run', (world) => world.run(), 'create init start'],
    ['stop comes before die', (world, id) => world.stop(id), 'stop die(143) cleanup'],
    ['kill names no signal', (world, id) => world.kill(id), 'kill die(137) cleanup'],
    ['restart comes first', (world, id) => world.restart(id), 'restart die(137) cleanup init start'],
    ['rm is remove', (world, id) => world.destroy(id), 'die(137) cleanup remove'],
    ['exec', (world, id) => world.exec(id), 'exec exec_died'],
    ['health is told in a field', (world, id) => world.setHealth(id, 'healthy'), 'health_status exec_died'],
  ];
  test.each(cases)('%s', (_, act, expected) => {
    const world = new RecordedWorld('podman');
    const id = world.add();
    act(world, id);
    expect(world.take()).toBe(expected);
  });

  test('die bears the exit code twice, and health_status its value', () => {
    const world = new RecordedWorld('podman');
    const id = world.add();
    world.setHealth(id, 'unhealthy');
    world.die(id, { exitCode: 5 });
    expect(world.told[0]?.healthStatus).toBe('unhealthy');
    expect(world.told[2]?.attributes).toMatchObject({ exitCode: '5', containerExitCode: '5' });
  });
});

describe('a script', () => {
  test('gives the same ids with the same seed', () => {
    expect(new RecordedWorld().addMany(3)).toEqual(new RecordedWorld().addMany(3));
    expect(new RecordedWorld().add()).toMatch(/^[0-9a-f]{64}$/);
  });

  test('is told when it asks for what the engine would refuse', () => {
    const world = new RecordedWorld();
    const id = world.add({ name: 'one', state: 'exited' });
    expect(() => world.pause(id)).toThrow('cannot pause one: it is exited');
    expect(() => world.die('nobody')).toThrow('no such container: nobody');
    expect(() => world.add({ name: 'one' })).toThrow('in use');
  });

  test('begins every run at an instant of its own', () => {
    const world = new RecordedWorld();
    const id = world.add({ restartPolicy: 'always' });
    const starts = new Set([world.get(id)?.startedNs]);
    for (let n = 0; n < 5; n += 1) {
      world.crashLoop(id, 1);
      starts.add(world.get(id)?.startedNs);
    }
    expect(starts.size).toBe(6);
  });
});
