import { request } from 'node:http';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import type { TidewatchEvent } from '../../src/model/events.ts';
import { IMAGE } from '../env/busybox-image.ts';
import { describeDocker, freshPrefix, sharedDocker } from '../env/shared-docker.ts';
import { startCuttingProxy } from '../support/cutting-proxy.ts';
import { eventually } from '../support/eventually.ts';
import { observeEvents } from '../support/observed-events.ts';
import { startTracker } from '../support/start-tracker.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** What Docker remembers; more than this is forgotten while nobody listens. */
const RING = 256;

/** So many, that what was under way when the stream broke makes no difference. */
const ENOUGH = RING + 64;

const CONTAINERS = 8;
const SLEEP = "trap 'exit 0' TERM; while :; do sleep 0.1; done";

const docker = (...args: readonly string[]) => sharedDocker().docker(...args);

/** Asks the engine itself: for hundreds of changes its command line is too slow. */
function post(path: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const call = request({ socketPath: sharedDocker().socketPath, method: 'POST', path, agent: false }, (response) => {
      response.resume().on('end', () => resolve(response.statusCode ?? 0));
    });
    call.on('error', reject).end();
  });
}

const each = (names: readonly string[], what: string) =>
  Promise.all(names.map((name) => post(`/containers/${name}/${what}`)));

/** What can happen while nobody listens; `fill` makes the rest of what the engine cannot remember. */
type Mix = (names: readonly string[], fill: () => Promise<void>) => Promise<void>;

/** Steps alone, of which the engine remembers the last. */
const restarts: Mix = async (names, fill) => {
  await fill();
  for (let round = 0; round < 3; round += 1) await each(names, 'restart?t=0');
};

/** Steps of which the engine remembers nothing: events that are none came after them. */
const steps: Mix = async (names, fill) => {
  const [killed = '', paused = '', restarted = '', renamed = ''] = names;
  await each([killed, restarted], 'kill');
  await each([restarted], 'start');
  await each([paused], 'pause');
  await post(`/containers/${renamed}/rename?name=${renamed}-x`);
  await post(`/containers/${renamed}-x/rename?name=${renamed}`);
  await fill();
};

/** Steps amid exec noise, to which the tracker does not even subscribe. */
const noise: Mix = async (names, fill) => {
  const [first = '', second = '', ...others] = names;
  const execute = () => Promise.all(others.map((name) => docker('exec', name, 'true')));
  await execute();
  await each([first, second], 'kill');
  await execute();
  await each([second], 'start');
  await fill();
  await execute();
};

/** Some go, some come under the same names, some end, some pause. */
const changes: Mix = async (names, fill) => {
  const [gone = '', anew = '', again = '', ended = '', paused = '', ...others] = names;
  await docker('rm', '-f', gone, anew, again);
  await create(anew);
  await fill();
  await create(again);
  await each([again], 'start');
  await each([ended], 'kill');
  await each([paused], 'pause');
  await each(others, 'restart?t=0');
};

function create(name: string): Promise<string> {
  return docker('create', '--network=none', '--name', name, IMAGE, 'sh', '-c', SLEEP);
}

/** State of every container of the prefix, as the engine says; `removed` for one that is gone. */
async function truthOf(names: readonly string[]): Promise<Map<string, string>> {
  const rows = await docker('ps', '-a', '--format', '{{.Names}} {{.State}}');
  const states = new Map(rows.split('\n').map((row) => row.split(' ') as [string, string]));
  return new Map(names.map((name) => [name, states.get(name) ?? 'removed']));
}

/** Every container's steps hang together, from its first state to the one it is in. */
function expectUnbrokenChains(events: readonly TidewatchEvent[]): void {
  const last = new Map<string, string>();
  for (const event of events) {
    if (event.type !== 'container_update') continue;
    const { containerId, oldState, newState } = event.data;
    const known = last.get(containerId);
    if (known !== undefined) expect(oldState, `${event.workspaceId} ${event.seq}`).toBe(known);
    expect(newState, `${event.workspaceId} ${event.seq}: a step that is none`).not.toBe(oldState);
    last.set(containerId, newState);
  }
}

describeDocker(`more than ${RING} events missed at once`, () => {
  it.each([
    ['restarts of all containers', restarts],
    ['steps before all that is remembered', steps],
    ['steps amid exec noise', noise],
    ['removals and new containers under old names', changes],
  ])(
    '%s: all is right in the end, nothing is invented, what is not told is declared',
    async (_what, mix) => {
      const { host, socketPath } = sharedDocker();
      const prefix = freshPrefix();
      const names = Array.from({ length: CONTAINERS }, (_, index) => `${prefix}-${index}`);
      onTestFinished(async () => {
        const ids = await docker('ps', '-aq', '--filter', `name=${prefix}`);
        if (ids !== '') await docker('rm', '-f', ...ids.split('\n'));
      });
      const filler = `${prefix}-filler`;
      for (const name of [...names, filler]) await create(name);
      await docker('start', ...names);
      await using proxy = await startCuttingProxy(join(await temporaryFolder(), 'cut.sock'), socketPath);
      await using started = await startTracker(proxy.host);
      await using witness = observeEvents(host);
      const ids = names.map((name) => `container:${name}`);
      const told = () =>
        new Map(
          names.map((name, index) => {
            const state = started.tracker.getWorkspaceState(ids[index] ?? '');
            return [name, state?.phase === 'missing' ? 'removed' : state?.containerState];
          }),
        );
      await eventually(async () => expect(told()).toEqual(await truthOf(names)));

      proxy.refuse();
      await eventually(() => expect(started.tracker.getStats().engine.state).toBe('lost'));
      const { reconnects } = started.tracker.getStats();
      const before = { witnessed: witness.all.length, told: started.events.length, reconnects };
      await mix(names, async () => {
        for (let round = 0; witness.all.length - before.witnessed < ENOUGH; round += 1) {
          const [from, to] = round % 2 === 0 ? ['', '-x'] : ['-x', ''];
          await post(`/containers/${filler}${from}/rename?name=${filler}${to}`);
        }
      });
      proxy.admit();

      await eventually(() => expect(started.tracker.getStats().reconnects).toBeGreaterThan(before.reconnects), {
        within: 40_000,
      });
      await eventually(async () => expect(told()).toEqual(await truthOf(names)), { within: 40_000 });
      expectUnbrokenChains(started.events);
      const since = started.events.slice(before.told);
      expect(since.some(({ type, data }) => type === 'gap' && 'scope' in data && data.scope === 'engine')).toBe(true);
      // The witness may be a moment behind.
      await eventually(() => {
        for (const name of names) {
          const happened = witness.all.slice(before.witnessed).filter(({ attributes }) => attributes.name === name);
          const counted = (...actions: string[]) => happened.filter(({ action }) => actions.includes(action)).length;
          const steps = since.flatMap((event) =>
            event.type === 'container_update' && event.workspaceId === `container:${name}` ? [event.data.newState] : [],
          );
          const toldOf = (...states: string[]) => steps.filter((state) => states.includes(state)).length;
          expect(toldOf('exited'), `${name}: ends told, of those there were`).toBeLessThanOrEqual(counted('die'));
          expect(toldOf('running'), `${name}: starts told`).toBeLessThanOrEqual(counted('start', 'unpause'));
          expect(toldOf('paused'), `${name}: pauses told`).toBeLessThanOrEqual(counted('pause'));
          expect(toldOf('removed'), `${name}: removals told`).toBeLessThanOrEqual(counted('destroy'));
        }
      });
    },
    120_000,
  );
});
