import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Webhook } from 'standardwebhooks';
import { expect, onTestFinished, test } from 'vitest';
import { createClient } from '../../src/client/client.ts';
import { startHookReceiver } from '../../src/webhooks/hook-receiver.contract.ts';
import { IMAGE } from '../env/busybox-image.ts';
import { describeDocker, freshPrefix, sharedDocker } from '../env/shared-docker.ts';
import { eventually } from '../support/eventually.ts';
import { serveDaemon } from '../support/served-daemon.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

describeDocker('webhooks of a real daemon', () => {
  test('tell of a container that ends, signed, are listed without secrets, and are sent again when asked', async () => {
    const { host, docker } = sharedDocker();
    const workspace = freshPrefix();
    const secretFile = join(await temporaryFolder(), 'ci.secret');
    const secret = `whsec_${Buffer.from(`${workspace} and enough bytes`).toString('base64')}`;
    writeFileSync(secretFile, `${secret}\n`);
    await using receiver = await startHookReceiver();
    receiver.answer(503);
    const webhook = { name: 'ci', url: receiver.url, types: ['status_changed' as const], workspaces: [workspace] };
    await using daemon = await serveDaemon(host, {
      webhooks: [{ ...webhook, labels: [], secret: null, secretFile, format: 'json' }],
    });
    const client = createClient(daemon);
    await eventually(async () => expect((await client.ready()).missing).toEqual([]));
    const label = `--label=tidewatch.workspace=${workspace}`;
    const id = await docker('run', '-d', '--network=none', label, IMAGE, 'sleep', '3600');
    onTestFinished(async () => void (await docker('rm', '-f', id)));
    // A container that is made and started may be told once or twice.
    const told = () => receiver.received.map(({ body, headers }) => new Webhook(secret).verify(body, { ...headers }));
    await eventually(() =>
      expect(told().at(-1)).toMatchObject({ workspaceId: workspace, data: { newStatus: 'active' } }),
    );
    await docker('kill', id);
    await eventually(() =>
      expect(told().at(-1)).toMatchObject({ data: { oldStatus: 'active', newStatus: 'inactive' } }),
    );
    const posts = told() as { readonly seq: number }[];
    const { seq } = posts.at(-1)!;
    // The first one was not taken and came again, then each came once, in order.
    expect(posts[1]).toEqual(posts[0]);
    expect(posts.slice(1).map((one) => one.seq)).toEqual(
      [...new Set(posts.map((one) => one.seq))].toSorted((x, y) => x - y),
    );
    const delivered = posts.length - 1;
    await eventually(async () => expect(await client.webhooks.list()).toMatchObject([{ name: 'ci', delivered }]));
    expect((await client.webhooks.deliveries('ci'))[0]).toMatchObject({ seq, state: 'delivered', attempts: 1 });
    expect(await client.webhooks.replay('ci', seq)).toMatchObject({ seq, state: 'delivered', replays: 1, status: 200 });
    expect(receiver.received.at(-1)?.body).toBe(receiver.received[delivered]?.body);
    await expect(client.webhooks.replay('ci', 999_999_999)).rejects.toMatchObject({ code: 'event_not_found' });
    await expect(client.webhooks.deliveries('nobody')).rejects.toMatchObject({ code: 'webhook_not_found' });
    expect(JSON.stringify([await client.webhooks.list(), await client.webhooks.deliveries('ci')])).not.toMatch(
      /whsec|secret|of-its-own/,
    );
  });
});
