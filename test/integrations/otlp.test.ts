import { expect, onTestFinished, test } from 'vitest';
import { createClient } from '../../src/client/client.ts';
import { startOtlpReceiver } from '../../src/telemetry/otlp-receiver.contract.ts';
import { IMAGE } from '../env/busybox-image.ts';
import { describeDocker, freshPrefix, sharedDocker } from '../env/shared-docker.ts';
import { eventually } from '../support/eventually.ts';
import { serveDaemon } from '../support/served-daemon.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

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

  test('goes on after a restart where the receiver was', async () => {
    const { host, docker } = sharedDocker();
    const workspace = freshPrefix();
    const dataDir = await temporaryFolder();
    const shared = { dataDir, store: 'sqlite', 'otlp.interval': 3_600_000 } as const;
    const id = await docker(
      'create',
      '--network=none',
      `--label=tidewatch.workspace=${workspace}`,
      IMAGE,
      'sleep',
      '3600',
    );
    onTestFinished(async () => void (await docker('rm', '-f', id)));
    let seq = 0;
    {
      await using away = await startOtlpReceiver();
      await using daemon = await serveDaemon(host, { ...shared, 'otlp.endpoint': away.endpoint });
      const client = createClient(daemon);
      await eventually(async () => expect((await client.ready()).missing).toEqual([]));
      away.answer(...Array.from({ length: 1_000 }, () => 503));
      await docker('start', id);
      await eventually(async () => {
        const { items } = await client.events({ workspace, types: ['status_changed'] });
        expect(items.at(-1)).toMatchObject({ data: { newStatus: 'active' } });
        seq = items.at(-1)?.seq ?? 0;
      });
      expect(away.logs.map(({ attributes }) => attributes['tidewatch.event.seq'])).not.toContain(seq);
    }
    await using receiver = await startOtlpReceiver();
    await using _daemon = await serveDaemon(host, { ...shared, 'otlp.endpoint': receiver.endpoint });
    const told = () => receiver.logs.map(({ attributes }) => attributes['tidewatch.event.seq']);
    await eventually(() => expect(told()).toContain(seq));
  });
});
