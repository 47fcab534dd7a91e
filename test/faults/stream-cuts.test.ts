import { join } from 'node:path';
import { expect, it } from 'vitest';
import { describeDocker, freshPrefix, sharedDocker } from '../env/shared-docker.ts';
import { startCuttingProxy } from '../support/cutting-proxy.ts';
import { eventually } from '../support/eventually.ts';
import { startTracker } from '../support/start-tracker.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const WORKSPACES = 50;
const CUTS = 200;
const SLEEP = "trap 'exit 0' TERM; while :; do sleep 0.1; done";

/** Steps a container can make; no other may ever be told. */
const POSSIBLE = new Set([
  'created→running',
  'running→exited',
  'exited→running',
  'running→paused',
  'paused→running',
  'paused→exited',
  'running→restarting',
  'restarting→running',
  'restarting→exited',
  'exited→restarting',
]);

describeDocker('a stream that is cut at random', () => {
  it(`${CUTS} times during the churn of ${WORKSPACES} workspaces: in the end all is right, nothing was invented`, async () => {
    const { docker, socketPath } = sharedDocker();
    const prefix = freshPrefix();
    const folder = await temporaryFolder();
    await using proxy = await startCuttingProxy(join(folder, 'cut.sock'), socketPath);
    const names = Array.from({ length: WORKSPACES }, (_, index) => `${prefix}-${index}`);
    for (const name of names) {
      await docker('create', '--network=none', '--name', name, 'busybox:local', 'sh', '-c', SLEEP);
    }
    await using started = await startTracker(proxy.host);
    let isChurning = true;
    const churn = (async () => {
      while (isChurning) {
        const some = names.filter(() => Math.random() < 0.1);
        if (some.length === 0) continue;
        const act = Math.random();
        const command = act < 0.5 ? ['start'] : act < 0.8 ? ['kill'] : act < 0.9 ? ['pause'] : ['unpause'];
        await docker(...command, ...some).catch(() => '');
      }
    })();
    for (let cut = 0; cut < CUTS; cut += 1) {
      await new Promise((resolve) => setTimeout(resolve, 20 + Math.random() * 100));
      proxy.cut();
    }
    isChurning = false;
    await churn;

    const rows = (await docker('ps', '-a', '--format', '{{.Names}} {{.State}}', '--filter', `name=${prefix}`)).trim();
    const truth = new Map(rows.split('\n').map((row) => row.split(' ') as [string, string]));
    expect(truth.size).toBe(WORKSPACES);
    await eventually(
      () => {
        const told = names.map((name) => started.tracker.getWorkspaceState(`container:${name}`)?.containerState);
        expect(told).toEqual(names.map((name) => truth.get(name)));
      },
      { within: 45_000 },
    );
    for (const name of names) {
      let last: string | null = null;
      for (const { type, data } of started.eventsOf(`container:${name}`) as {
        type: string;
        data: Record<string, string>;
      }[]) {
        if (type !== 'container_update') continue;
        if (last !== null) expect(data.oldState, `${name}: the chain of steps`).toBe(last);
        expect(POSSIBLE).toContain(`${data.oldState}→${data.newState}`);
        last = data.newState ?? null;
      }
    }
    expect(started.tracker.getStats().reconnects).toBeGreaterThan(0);
    await docker('rm', '-f', ...names);
  }, 240_000);
});
