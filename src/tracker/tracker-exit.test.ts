import { describe, expect, it } from 'vitest';
import { running, startScripted } from './scripted-tracker.contract.ts';

const ID = 'container:a';

describe('an exit that the kernel tells before the engine', () => {
  it('is told at once, and its cause as soon as the engine says it, without a second step', async () => {
    const { engine, clock, tracker, of } = await startScripted((world) => world.put('a', running));
    await clock.advance(5_000);
    tracker.noteExit('a');
    expect(tracker.getWorkspaceState(ID)).toMatchObject({ status: 'inactive', reason: { code: 'process_ended' } });
    engine.happen('a', 'die', { exitCode: 3 });
    expect(tracker.getWorkspaceState(ID)).toMatchObject({ phase: 'crashed', reason: { code: 'exited_with_error' } });
    await clock.advance(1_000);
    expect(of('container_update').map(({ data }) => data.newState)).toEqual(['exited']);
    expect(of('status_changed').map(({ data }) => [data.newStatus, data.reason])).toEqual([
      ['active', 'workspace_initialized'],
      ['inactive', 'process_ended'],
    ]);
  });

  it('is of a person when the engine told of the request before', async () => {
    const { engine, tracker } = await startScripted((world) => world.put('a', running));
    engine.happen('a', 'kill', { signal: 9 });
    tracker.noteExit('a');
    expect(tracker.getWorkspaceState(ID)?.reason.code).toBe('killed_by_request');
  });

  it('is asked for when its event does not come', async () => {
    const { engine, clock, tracker } = await startScripted((world) => world.put('a', running));
    await clock.advance(5_000);
    engine.happen('a', 'die', { exitCode: 3, silent: true });
    tracker.noteExit('a');
    await clock.advance(1_000);
    expect(tracker.getWorkspaceState(ID)).toMatchObject({ phase: 'crashed', containers: [{ exitCode: 3 }] });
  });

  it('that was none is taken back', async () => {
    const { clock, tracker } = await startScripted((world) => world.put('a', running));
    await clock.advance(5_000);
    tracker.noteExit('a');
    await clock.advance(2_000);
    expect(tracker.getWorkspaceState(ID)).toMatchObject({ status: 'active', phase: 'running' });
  });

  it('counts as one death of a loop', async () => {
    const { engine, clock, tracker } = await startScripted((world) =>
      world.put('a', { ...running, restartPolicy: 'always' }),
    );
    await clock.advance(1_000);
    for (let death = 0; death < 3; death += 1) {
      tracker.noteExit('a');
      expect(tracker.getWorkspaceState(ID)?.status).toBe('active');
      engine.happen('a', 'die', { exitCode: 1 });
      engine.happen('a', 'start');
      await clock.advance(500);
    }
    expect(tracker.getWorkspaceState(ID)?.phase).toBe('crash-looping');
  });

  it('of a container that does not run, or that nobody knows, changes nothing', async () => {
    const { tracker, told } = await startScripted((world) => world.put('a', { state: 'exited', exitCode: 0 }));
    const before = told.length;
    tracker.noteExit('a');
    tracker.noteExit('nobody');
    expect(told).toHaveLength(before);
  });
});
