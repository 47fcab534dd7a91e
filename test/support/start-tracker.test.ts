import { expect, test } from 'vitest';
import { IMAGE } from '../env/busybox-image.ts';
import { describeDocker, freshPrefix, sharedDocker } from '../env/shared-docker.ts';
import { eventually } from './eventually.ts';
import { observeEvents } from './observed-events.ts';
import { startTracker } from './start-tracker.ts';

describeDocker('a tracker beside an independent witness', () => {
  test('both see a container come, run, end and go', async () => {
    const { host, docker } = sharedDocker();
    const workspace = freshPrefix();
    const witness = observeEvents(host);
    const started = await startTracker(host);
    try {
      const label = `--label=tidewatch.workspace=${workspace}`;
      const id = await docker('run', '-d', '--network=none', label, IMAGE, 'sh', '-c', 'exit 7');
      await eventually(() => expect(started.tracker.getWorkspaceState(workspace)?.phase).toBe('crashed'));
      await docker('rm', id);

      await eventually(() => expect(witness.actionsOf(id)).toEqual(['create', 'start', 'die', 'destroy']));
      await eventually(() => {
        const updates = started.eventsOf(workspace).filter((event) => event.type === 'container_update');
        expect(updates.map((event) => event.data.newState)).toEqual(['created', 'running', 'exited', 'removed']);
      });
    } finally {
      await started.stop();
      await witness.stop();
    }
  });
});
