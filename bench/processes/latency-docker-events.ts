/** `latency-docker-events HOST`: tells when a reader of `docker events` had each line. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { dockerEnvironment } from '../../test/env/docker-cli.ts';
import { offer } from '../support/child.ts';
import { createWallClock } from '../support/wall-clock.ts';

/** An event as it arrived: container, action, the engine's nanoseconds as exact text, and when (epoch ms). */
export type SeenEvent = readonly [containerId: string, action: string, timeNano: string, seenAt: number];

const [, , host = ''] = process.argv;
const args = ['events', '--filter', 'type=container', '--format', '{{json .}}'];
const child = spawn('docker', args, { env: dockerEnvironment(host), stdio: ['ignore', 'pipe', 'inherit'] });
const now = createWallClock();
let seen: SeenEvent[] = [];
createInterface({ input: child.stdout }).on('line', (line) => {
  const event = JSON.parse(line) as { Action: string; Actor: { ID: string } };
  const at = now();
  seen.push([event.Actor.ID, event.Action, /"timeNano":(\d+)/.exec(line)?.[1] ?? '0', at]);
});

offer(
  {
    take() {
      const taken = seen;
      seen = [];
      return taken;
    },
  },
  () => child.kill(),
);
