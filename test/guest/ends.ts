import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { createExitWatch } from '../../src/engine/cgroup/exit-watch.ts';
import { createUsageFrame, type UsageReader } from '../../src/engine/usage.ts';
import { eventually } from '../support/eventually.ts';
import { observeEvents } from '../support/observed-events.ts';
import { readUsage } from '../support/open-usage.ts';
import type { Check } from './checks.ts';
import { folderOf, type Machine, PATIENCE, SOCKET } from './machine.ts';

const KILLS = 5;

/** How runs end and begin again. */
export const END_CHECKS: readonly Check[] = [
  {
    name: 'a SIGKILL is known before Docker’s die event is made',
    async run(machine) {
      await using events = observeEvents(`unix://${SOCKET}`, 'event=die');
      const leads: number[] = [];
      const delays: number[] = [];
      for (let kill = 0; kill < KILLS; kill += 1) {
        const { id, killedAt, toldAt } = await killOne(machine);
        const die = await eventually(() => {
          const event = events.all.find((one) => one.containerId === id);
          assert.ok(event, 'no die event');
          return Number(event.timeNano) / 1e6;
        }, PATIENCE);
        assert.ok(toldAt < die, `told ${(toldAt - die).toFixed(1)} ms after the event was made`);
        leads.push(die - toldAt);
        delays.push(toldAt - killedAt);
      }
      return `of ${KILLS}, told ${middleOf(delays)} ms after the signal and ${middleOf(leads)} ms before the event (medians)`;
    },
  },
  {
    name: 'once a SIGKILL is known, a reader left open says that the run is over as soon as its process is reaped',
    async run(machine) {
      const delays: number[] = [];
      for (let kill = 0; kill < KILLS; kill += 1) {
        const { reader, toldAt } = await killOne(machine);
        // Until then the kernel counts the dead process among those of the cgroup. The monitor closes its readers before.
        await eventually(() => assert.equal(reader.read(createUsageFrame(), 'cheap'), false), PATIENCE);
        delays.push(now() - toldAt);
      }
      return `${KILLS} readers, ${middleOf(delays)} ms after the end was told (median)`;
    },
  },
  {
    name: 'a restart under the same path has a reader and counters of its own',
    async run(machine) {
      const work = '[ -e /again ] && exec sleep 3600; touch /again; while :; do :; done';
      const id = await machine.start([], 'sh', '-c', work);
      const old = await machine.open(id, 'none');
      const folder = folderOf(machine, id);
      const before = await eventually(async () => {
        const usage = await readUsage(old);
        assert.ok(usage.cpuNs > 5e9, 'it has not burnt enough');
        return { ...usage, inode: statSync(folder).ino };
      }, PATIENCE);
      await machine.docker('restart', '--time=0', id);
      assert.equal(folderOf(machine, id), folder);
      const inode = statSync(folder).ino;
      assert.notEqual(inode, before.inode);
      assert.equal(old.read(createUsageFrame(), 'full'), false);
      const after = await readUsage(await machine.open(id, 'none'));
      assert.ok(after.cpuNs > 0 && after.cpuNs < before.cpuNs, `${after.cpuNs} ns`);
      return `inode ${before.inode} → ${inode}, ${before.cpuNs} → ${after.cpuNs} ns`;
    },
  },
];

interface KilledRun {
  readonly id: string;
  readonly killedAt: number;
  readonly toldAt: number;
  readonly reader: UsageReader;
}

/** Kills a container that is watched and read; gives the instants by the clock of the engine. */
async function killOne(machine: Machine): Promise<KilledRun> {
  const id = await machine.start([], 'sh', '-c', 'while :; do :; done');
  const reader = await machine.open(id, 'none');
  const frame = createUsageFrame();
  assert.equal(reader.read(frame, 'full'), true);
  const pid = Number(await machine.docker('inspect', '--format={{.State.Pid}}', id));
  const exits = createExitWatch({ tree: machine.tree });
  try {
    const told = new Promise<number>((resolve) => {
      const isWatched = exits.watch({ containerId: id, pid }, () => resolve(now()));
      assert.ok(isWatched, exits.refusal ?? '');
    });
    const killedAt = now();
    process.kill(pid, 'SIGKILL');
    const toldAt = await told;
    return { id, killedAt, toldAt, reader };
  } finally {
    exits.close();
  }
}

/** The wall clock, in which the engine stamps its events, in fractions of a millisecond. */
function now(): number {
  return performance.timeOrigin + performance.now();
}

function middleOf(values: readonly number[]): string {
  return (values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN).toFixed(1);
}
