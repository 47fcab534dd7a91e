import { createHash } from 'node:crypto';
import type { Health } from '../../model/container.ts';
import type { FakeUsage } from './container-stats.ts';
import { containerHappening } from './engine-event.ts';
import { type ContainerSpec, type FakeContainer, isRunning } from './fake-container.ts';
import { FakePopulation, refuse } from './fake-population.ts';

/** How a run ends. */
export interface DieOptions {
  /** 0 unless told; 137 with `oom`. */
  readonly exitCode?: number;
  /** The kernel killed the main process for lack of memory: an `oom` event goes before. */
  readonly oom?: boolean;
}

/**
 * What can happen to containers: each operation changes their state and tells the events the real engine tells for it,
 * in its order. Operations take a full id, a name, or the beginning of an id, and throw when the real engine would refuse.
 */
export abstract class FakeWorld extends FakePopulation {
  #execs = 0;

  /** `create`: the container is there and has not run. */
  create(spec: ContainerSpec = {}): string {
    const id = this.add({ ...spec, state: 'created' });
    this.tellOf(this.find(id), 'create');
    return id;
  }

  /** `create`, then `start`. */
  run(spec: ContainerSpec = {}): string {
    const id = this.create(spec);
    this.start(id);
    return id;
  }

  start(ref: string): void {
    const container = this.find(ref);
    if (container.state === 'running' || container.state === 'paused') refuse('start', container);
    container.stoppedByHand = false;
    if (container.state !== 'restarting') this.change(container, (it) => (it.restartCount = 0));
    this.begin(container);
    this.tellOf(container, 'start');
  }

  /** A start that fails: Docker tells no event at all, only the state and the error show it. */
  failStart(ref: string, error = 'exec: "nosuch": executable file not found in $PATH', exitCode = 127): void {
    const container = this.find(ref);
    if (isRunning(container)) refuse('start', container);
    if (this.dialect === 'docker') this.network(container, 'connect');
    this.change(container, (it) => {
      it.error = error;
      it.exitCode = exitCode;
    });
    if (this.dialect === 'docker') this.network(container, 'disconnect');
    else this.tellOf(container, 'cleanup');
  }

  /** The main process ends by itself. With a restart policy that applies, the state is `restarting` then: see {@link policyRestart}. */
  die(ref: string, { oom = false, exitCode = oom ? 137 : 0 }: DieOptions = {}): void {
    const container = this.running(ref, 'die');
    if (oom) this.oom(container.id);
    this.end(container, exitCode);
    if (container.autoRemove && container.state !== 'restarting') this.destroyed(container);
  }

  /** The kernel kills a process of the container for lack of memory; the container goes on unless it dies too. */
  oom(ref: string): void {
    const container = this.running(ref, 'oom');
    container.oomPending = true;
    // Engine 24.0 (API 1.43) and later set the flag with the event, earlier ones at exit.
    if (this.dialect === 'docker' && this.atLeast('1.43')) this.change(container, (it) => (it.oomKilled = true));
    if (this.dialect === 'docker') this.tellOf(container, 'oom');
  }

  /** The restart policy starts it again: a `start` without `restart`. `counted: false` is what live-restore does. */
  policyRestart(ref: string, { counted = true }: { counted?: boolean } = {}): void {
    const container = this.find(ref);
    if (container.state !== 'restarting') refuse('restart by policy', container);
    if (counted) container.restartCount += 1;
    this.begin(container);
    this.tellOf(container, 'start');
  }

  /** The restart policy gives up: no event. */
  giveUp(ref: string): void {
    const container = this.find(ref);
    if (container.state !== 'restarting') refuse('give up', container);
    this.change(container, (it) => (it.state = 'exited'));
  }

  /** Dies and is restarted by its policy `times` times; it ends running, or exited when the policy allows no more. */
  crashLoop(ref: string, times: number, exitCode = 1): void {
    for (let n = 0; n < times; n += 1) {
      this.die(ref, { exitCode });
      if (this.find(ref).state !== 'restarting') return;
      this.policyRestart(ref);
    }
  }

  /** Sends a signal; 9 ends the container, and so does any other with `dies`. */
  kill(ref: string, signal = 9, { dies = signal === 9 }: { dies?: boolean } = {}): void {
    const container = this.running(ref, 'kill');
    if (dies) container.stoppedByHand = true;
    this.signalled(container, signal);
    if (!dies) return;
    this.end(container, 128 + signal);
    if (container.autoRemove) this.destroyed(container);
  }

  /** `docker stop`: `forced` when it ignored SIGTERM. Podman tells `stop` before `die`, Docker after it. */
  stop(
    ref: string,
    { forced = false, exitCode = forced ? 137 : 143 }: { forced?: boolean; exitCode?: number } = {},
  ): void {
    const container = this.running(ref, 'stop');
    container.stoppedByHand = true;
    if (this.dialect === 'podman') {
      this.tellOf(container, 'stop');
      this.end(container, exitCode);
    } else {
      this.terminate(container, forced, exitCode);
      this.tellOf(container, 'stop');
    }
    if (container.autoRemove) this.destroyed(container);
  }

  /** `docker restart`: on Docker `restart` comes last, on Podman first. */
  restart(ref: string, { forced = true }: { forced?: boolean } = {}): void {
    const container = this.find(ref);
    const wasRunning = isRunning(container);
    const exitCode = forced ? 137 : 143;
    container.stoppedByHand = true;
    if (this.dialect === 'podman') this.tellOf(container, 'restart');
    if (wasRunning && this.dialect === 'podman') this.end(container, exitCode);
    if (wasRunning && this.dialect === 'docker') {
      this.terminate(container, forced, exitCode);
      this.tellOf(container, 'stop');
    }
    container.stoppedByHand = false;
    container.restartCount = 0;
    this.begin(container);
    this.tellOf(container, 'start');
    if (this.dialect === 'docker') this.tellOf(container, 'restart');
  }

  pause(ref: string): void {
    const container = this.find(ref);
    if (container.state !== 'running') refuse('pause', container);
    this.change(container, (it) => {
      it.state = 'paused';
      // The health monitor stops, and Docker shows that as unhealthy, without an event.
      if (it.health !== 'none') it.health = 'unhealthy';
    });
    this.tellOf(container, 'pause');
  }

  unpause(ref: string): void {
    const container = this.find(ref);
    if (container.state !== 'paused') refuse('unpause', container);
    this.change(container, (it) => (it.state = 'running'));
    this.tellOf(container, 'unpause');
  }

  rename(ref: string, name: string): void {
    const container = this.find(ref);
    const oldName = container.name;
    this.renameTo(container, name);
    this.tellOf(container, 'rename', this.dialect === 'docker' ? { oldName: `/${oldName}` } : {});
  }

  /** New limits or restart policy: an event without the difference. */
  update(ref: string, change: Partial<Pick<FakeContainer, 'memoryBytes' | 'restartPolicy'>> = {}): void {
    const container = this.find(ref);
    this.change(container, (it) => Object.assign(it, change));
    this.tellOf(container, 'update');
  }

  /** `docker rm`, or `rm -f` when it runs. */
  destroy(ref: string): void {
    const container = this.find(ref);
    if (isRunning(container)) {
      container.stoppedByHand = true;
      if (container.state !== 'restarting') {
        if (this.dialect === 'docker') this.signalled(container, 9);
        this.end(container, 137);
      }
    }
    this.destroyed(container);
  }

  /** A health check's result; `starting` is never told as an event by Docker. */
  setHealth(ref: string, health: Health): void {
    const container = this.find(ref);
    this.change(container, (it) => (it.health = health));
    if (this.dialect === 'podman') {
      this.tell(containerHappening('podman', container, { action: 'health_status', healthStatus: health }));
      this.tellOf(container, 'exec_died');
    } else if (health === 'healthy' || health === 'unhealthy') {
      this.tellOf(container, `health_status: ${health}`);
    }
  }

  /** What health checks and `docker exec` leave in the event stream: three events each. */
  exec(ref: string, { times = 1, command = '/bin/sh -c true' }: { times?: number; command?: string } = {}): void {
    const container = this.running(ref, 'exec');
    for (let n = 0; n < times; n += 1) {
      this.#execs += 1;
      const execID = createHash('sha256').update(`exec:${this.options.seed}:${this.#execs}`).digest('hex');
      if (this.dialect === 'podman') {
        this.tellOf(container, 'exec');
        this.tellOf(container, 'exec_died');
        continue;
      }
      this.tellOf(container, `exec_create: ${command}`, { execID });
      this.tellOf(container, `exec_start: ${command}`, { execID });
      this.tellOf(container, 'exec_die', { execID, exitCode: '0' });
    }
  }

  /** What its statistics tell from now on, beside what they told before; counters do not grow by themselves. */
  setUsage(ref: string, usage: FakeUsage): void {
    Object.assign(this.find(ref).usage, usage);
  }

  /** Changes state without any event: what the engine does not tell (`removing`, `dead`, a lost exit). */
  silently(ref: string, change: (container: FakeContainer) => void): void {
    this.change(this.find(ref), change);
  }

  /** An event as scripted, whatever the state. */
  tellAction(ref: string, action: string, extra: Readonly<Record<string, string>> = {}): void {
    this.tellOf(this.find(ref), action, extra);
  }
}
