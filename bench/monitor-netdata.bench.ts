/** The whole process of Tidewatch beside Netdata, which reads the same hundred containers once a second at the same time. */
import { commandObstacle } from '../test/env/obstacles.ts';
import type { Window } from './processes/resource-monitor.ts';
import { startChild } from './support/child.ts';
import { MIX_NOTE, startMix } from './support/container-mix.ts';
import { beginWarm, checkSamples } from './support/monitor-rounds.ts';
import type { Netdata } from './support/netdata.ts';
import { type DockerBench, onDocker } from './support/on-docker.ts';
import { report } from './support/result.ts';
import { round, spreadOf } from './support/spread.ts';

const INTERVAL_MS = 1_000;
const ROUNDS = 4;
const WINDOW_MS = 15_000;

/** µs of CPU for each container and second. */
interface Sides {
  readonly ours: number[];
  readonly netdata: number[];
}

await onDocker(main, {
  network: true,
  obstacles: [commandObstacle('netdata', 'netdata-core netdata-plugins-bash')],
});

async function main({ engine, engineName, operations }: DockerBench): Promise<void> {
  const containers = (await startMix(operations)).length;
  const rows = (await engine.docker('ps', '--no-trunc', '--format', '{{.ID}} {{.Names}}')).split('\n');
  const named = rows.map((row) => row.split(' ')).map(([id, name]) => ({ id, name }));
  await using child = await startChild('resource-monitor', engine.host);
  await using netdata = await startChild('netdata', engine.host);
  const peer = await netdata.ask<Pick<Netdata, 'version' | 'collected'>>('start', named);
  await beginWarm(child, { containers, intervalMs: INTERVAL_MS });
  const sides: Sides = { ours: [], netdata: [] };
  for (let round = 0; round < ROUNDS; round += 1) {
    const before = await netdata.ask<number>('cpuUs');
    const window = await child.ask<Window>('measure', WINDOW_MS);
    checkSamples(window, { containers, intervalMs: INTERVAL_MS });
    const seconds = window.elapsedMs / 1000;
    sides.netdata.push(((await netdata.ask<number>('cpuUs')) - before) / seconds / peer.collected);
    sides.ours.push((window.cpuMs * 1000) / seconds / containers);
  }
  const charts = await netdata.ask<number>('charts');
  tell(sides, { ...peer, charts }, engineName);
}

function tell(
  { ours, netdata }: Sides,
  { version, collected, charts }: { version: string; collected: number; charts: number },
  engine: string,
): void {
  const [measured, theirs] = [spreadOf(ours), spreadOf(netdata)];
  report({
    bars: [
      {
        bar: "CPU per container and second, a part of Netdata's",
        unit: '%',
        floor: 100,
        aim: 100 / 5,
        measured: round((measured.median / theirs.median) * 100),
      },
      {
        bar: 'CPU per container and second, whole process',
        unit: 'µs',
        floor: null,
        aim: null,
        measured: measured.median,
        peer: { name: `Netdata ${version}`, measured: theirs.median },
      },
    ],
    figures: {
      'CPU per container and second, µs': measured,
      'Netdata: CPU per container and second, µs': theirs,
      'Netdata: containers of which it has charts': collected,
      'Netdata: charts of these containers': charts,
    },
    notes: [
      MIX_NOTE,
      `Both read all containers once a second in the same ${ROUNDS} windows of ${WINDOW_MS / 1000} s; median of the windows. Both processes count whole, with what they do when nothing is read.`,
      'Tidewatch: tracker, monitor, bus and SQLite as in the daemon, after its code was compiled; neither sleep nor its own limit slows it. The number of readings is checked.',
      'Netdata: only its cgroups plug-in, without web access, alarms, machine learning and network figures, which its proc plug-in reads; figures in memory. Its work is divided by the containers of which it had fresh charts. Scripts it runs to find names are not counted.',
    ],
    engine,
  });
}
