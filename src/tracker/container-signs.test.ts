import { expect, test } from 'vitest';
import type { ContainerSign } from '../model/container.ts';
import { FakeClock } from '../runtime/fake-clock.ts';
import { ScriptedEngine } from './scripted-engine.contract.ts';
import { running, startScripted } from './scripted-tracker.contract.ts';
import { Tracker } from './tracker.ts';

const PLACE = { labels: { 'com.docker.compose.project': 'shop' } };

/** A tracker of one running container, and what it says of signs: `workspace kind command`. */
async function watched() {
  const scripted = await startScripted((engine) => engine.put('web', { ...running, ...PLACE }));
  const told: string[] = [];
  const signs: ContainerSign[] = [];
  const off = scripted.tracker.onContainerSign((id, sign) => {
    signs.push(sign);
    told.push(`${id} ${sign.kind} ${sign.command}`.trim());
  });
  return { ...scripted, told, signs, off };
}

test('what is done in a container is told with its workspace, and touches nothing else', async () => {
  const { engine, tracker, told, signs, off, clock } = await watched();
  const calls = { ...engine.calls };
  const { eventsApplied } = tracker.getStats();
  const before = tracker.getWorkspaceState('compose:shop');
  engine.sign('web', 'exec', { command: 'bash' });
  engine.sign('stranger', 'exec', { command: 'bash' });
  expect(told).toEqual(['compose:shop exec bash']);
  expect(signs[0]?.at).toBe(clock.now());
  expect(tracker.getWorkspaceState('compose:shop')).toEqual(before);
  expect(tracker.getStats().eventsApplied).toBe(eventsApplied);
  expect(engine.calls).toEqual(calls);
  off();
  engine.sign('web', 'attach');
  expect(told).toHaveLength(1);
});

test('what happened while the connection was lost is told once, in the order of time, when it truly happened', async () => {
  const { engine, clock, told, signs } = await watched();
  await clock.advance(10_000);
  engine.sign('web', 'exec', { command: 'before' });
  engine.cut();
  const at = clock.now() + 20;
  engine.sign('web', 'exec', { command: 'meanwhile', at });
  await clock.advance(5_000);
  engine.sign('web', 'exec', { command: 'after' });
  expect(told).toEqual(['before', 'meanwhile', 'after'].map((command) => `compose:shop exec ${command}`));
  expect(signs[1]?.at).toBe(at);
});

test('what happened before the first look is told when the containers are known', async () => {
  const clock = new FakeClock();
  const engine = new ScriptedEngine(clock);
  engine.put('web', { ...running, ...PLACE });
  engine.sign('web', 'attach', { at: clock.now() - 60_000 });
  const tracker = new Tracker({ engine, clock });
  const told: string[] = [];
  tracker.onContainerSign((id, { kind }) => told.push(`${tracker.getWorkspaceState(id)?.phase} ${kind}`));
  const started = tracker.start();
  await clock.advance(50);
  await started;
  expect(told).toEqual(['running attach']);
  await tracker.stop();
});

test('a start that was asked for is a sign; one by the restart policy is none', async () => {
  const { engine, clock, told } = await watched();
  const fields = { ...PLACE, restartPolicy: 'always' as const };
  engine.put('job', fields);
  engine.happen('job', 'create');
  engine.happen('job', 'start');
  expect(told.splice(0)).toEqual(['compose:shop started']);
  await clock.advance(1_000);
  engine.happen('job', 'die', { exitCode: 1 });
  engine.happen('job', 'start');
  expect(told.splice(0)).toEqual([]);
  await clock.advance(1_000);
  engine.happen('job', 'kill', { signal: 15 });
  engine.happen('job', 'die', { exitCode: 143 });
  engine.happen('job', 'stop');
  engine.happen('job', 'start');
  expect(told.splice(0)).toEqual(['compose:shop started']);
  engine.put('job', { restartPolicy: 'no' });
  engine.happen('job', 'update');
  await clock.advance(1_000);
  engine.happen('job', 'die', { exitCode: 0 });
  engine.happen('job', 'start');
  expect(told.splice(0)).toEqual(['compose:shop started']);
});

test('a callback that throws harms nobody else', async () => {
  const { engine, tracker, told } = await watched();
  tracker.onContainerSign(() => {
    throw new Error('mine');
  });
  engine.sign('web', 'exec');
  engine.sign('web', 'exec', { command: 'again' });
  expect(told).toHaveLength(2);
});
