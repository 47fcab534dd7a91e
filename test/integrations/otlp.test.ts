import { expect, onTestFinished, test } from 'vitest';
import { createClient } from '../../src/client/client.ts';
import { startOtlpReceiver } from '../../src/telemetry/otlp-receiver.contract.ts';
import { IMAGE } from '../env/busybox-image.ts';
import { describeDocker, freshPrefix, sharedDocker } from '../env/shared-docker.ts';
import { eventually } from '../support/eventually.ts';
import { serveDaemon } from '../support/served-daemon.ts';

describeDocker('OTLP of a real daemon', () => {
  test('pushes what a container uses, and its end as a log', async () => {
    const { host, docker } = sharedDocker();
    const workspace = freshPrefix();
    await using receiver = await startOtlpReceiver();
    await using daemon = await serveDaemon(host, {
      'otlp.endpoint': receiver.endpoint,
      'otlp.headers': { 'x-scope': 'test' },
      'otlp.interval': 500,
      'monitor.collectInterval': 500,
    });
    const client = createClient(daemon);
    await eventually(async () => expect((await client.ready()).missing).toEqual([]));
    const label = `--label=tidewatch.workspace=${workspace}`;
    const id = await docker('run', '-d', '--network=none', label, IMAGE, 'sleep', '3600');
    onTestFinished(async () => void (await docker('rm', '-f', id)));
    const of = (name: string) =>
      receiver.metrics.filter((one) => one.name === name && one.attributes.workspace === workspace);
    await eventually(() => expect(of('tidewatch_workspace_memory_bytes').at(-1)?.value).toBeGreaterThan(0));
    expect(of('tidewatch_workspace_status').at(-1)?.attributes).toMatchObject({ status: 'active' });
    await docker('kill', id);
    await eventually(() =>
      expect(receiver.logs.filter(({ attributes }) => attributes.workspace === workspace)).toContainEqual(
        expect.objectContaining({
          attributes: expect.objectContaining({
            'event.name': 'tidewatch.status_changed',
            'tidewatch.event.data': expect.objectContaining({ newStatus: 'inactive' }),
          }),
        }),
      ),
    );
    await eventually(() =>
      expect(of('tidewatch_workspace_status').at(-1)?.attributes).toMatchObject({ status: 'inactive' }),
    );
    expect(receiver.faults).toEqual([]);
    expect(receiver.requests.every(({ headers }) => headers['x-scope'] === 'test')).toBe(true);
  });
});
