import { connect } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { createConnectionSource } from '../../src/engine/cgroup/tcp-connections.ts';
import { IMAGE } from '../env/busybox-image.ts';
import { startDockerEngine } from '../env/docker-engine.ts';
import { describeDocker } from '../env/shared-docker.ts';
import { eventually } from '../support/eventually.ts';

describeDocker('who is connected with a container', () => {
  test('is told apart: from outside, from another container, and by itself', async () => {
    await using engine = await startDockerEngine({ network: true });
    const { docker } = engine;
    const start = async (script: string) => {
      const id = await docker('run', '-d', '--network=bridge', IMAGE, 'sh', '-c', script);
      const format = '{{.State.Pid}} {{.NetworkSettings.IPAddress}}';
      const [pid, address = ''] = (await docker('inspect', '--format', format, id)).split(' ');
      return { id, pid: Number(pid), address };
    };
    const server = await start('nc -ll -p 5000 -e cat & sleep 1; sleep 3600 | nc 127.0.0.1 5000 & sleep 3600');
    const source = createConnectionSource('/proc');
    const seen = () => source.read(server.id, server.pid);
    await eventually(() => expect(source.count(server.pid)).toBe(3));
    expect(seen()).toEqual({ inbound: [], outbound: [] });

    const client = await start(`sleep 3600 | nc ${server.address} 5000`);
    await eventually(() => expect(seen()?.inbound).toHaveLength(1));
    // The other end is that container's own: this is how it is known to be inside.
    const [fromContainer] = seen()?.inbound ?? [];
    expect(source.read(client.id, client.pid)).toEqual({ inbound: [], outbound: [fromContainer?.remote] });

    const socket = connect(5000, server.address);
    onTestFinished(() => void socket.destroy());
    await eventually(() => expect(seen()?.inbound).toHaveLength(2));
    socket.destroy();
    await eventually(() => expect(seen()?.inbound).toEqual([fromContainer]));
    expect(source.read(client.id, server.pid)).toBeNull();
    await docker('kill', server.id);
    await eventually(() => expect([seen(), source.count(server.pid)]).toEqual([null, null]));
  });
});
