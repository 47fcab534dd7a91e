import type { ContainerState, Health } from '../../model/container.ts';
import type { RestartPolicy } from '../engine.ts';
import type { FakeUsage } from './container-stats.ts';

/** What a scripted container is at the start. All has a default; instants are epoch ms. */
export interface ContainerSpec {
  /** 64 hexadecimal digits; made from the seed unless told. */
  readonly id?: string;
  readonly name?: string;
  readonly image?: string;
  readonly command?: readonly string[];
  readonly labels?: Readonly<Record<string, string>>;
  /** `running` unless told (for `create`: always `created`). */
  readonly state?: FakeState;
  readonly health?: Health;
  readonly exitCode?: number;
  readonly oomKilled?: boolean;
  readonly error?: string;
  readonly restartPolicy?: RestartPolicy;
  /** For `on-failure`; 0 is without end. */
  readonly maxRetries?: number;
  readonly restartCount?: number;
  /** `docker run --rm`. */
  readonly autoRemove?: boolean;
  /** Bind mounts, `source:destination`. */
  readonly binds?: readonly string[];
  readonly networkMode?: string;
  /** What its statistics tell. */
  readonly usage?: FakeUsage;
  readonly createdAt?: number;
  readonly startedAt?: number;
  readonly finishedAt?: number;
}

/** States a scripted container can be in; `initialized`, `stopping` and `stopped` are Podman's. */
export type FakeState = Exclude<ContainerState, 'removed'> | 'stopped';

/** A scripted container as it is now. Instants are nanoseconds since the epoch; 0n is "never". */
export interface FakeContainer {
  readonly id: string;
  name: string;
  readonly image: string;
  readonly command: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  state: FakeState;
  /** `none` without a health check. */
  health: Health;
  exitCode: number;
  oomKilled: boolean;
  /** An out-of-memory kill of the current run; the flag above is set at exit. */
  oomPending: boolean;
  error: string;
  pid: number;
  restartPolicy: RestartPolicy;
  readonly maxRetries: number;
  restartCount: number;
  /** Stopped or killed by a person: the restart policy does not apply. */
  stoppedByHand: boolean;
  readonly autoRemove: boolean;
  readonly binds: readonly string[];
  readonly networkMode: string;
  memoryBytes: number;
  /** What its statistics tell; a new run begins with none of it. */
  usage: FakeUsage;
  readonly createdNs: bigint;
  startedNs: bigint;
  finishedNs: bigint;
}

const NS_PER_MS = 1_000_000n;

/** Epoch ms (fractional) → nanoseconds. A double holds microseconds of today's instants, no more. */
export function toNanoseconds(ms: number): bigint {
  const whole = Math.floor(ms);
  return BigInt(whole) * NS_PER_MS + BigInt(Math.floor((ms - whole) * 1e6));
}

/** Whether its main process is there, as Docker counts it: also while paused and while waiting for a restart. */
export function isRunning(container: FakeContainer): boolean {
  return container.state === 'running' || container.state === 'paused' || container.state === 'restarting';
}

/** Whether the restart policy would bring it back after it ended with `exitCode`. */
export function wouldRestart(container: FakeContainer, exitCode: number): boolean {
  if (container.stoppedByHand || container.restartPolicy === 'no') return false;
  if (container.restartPolicy !== 'on-failure') return true;
  return exitCode !== 0 && (container.maxRetries === 0 || container.restartCount < container.maxRetries);
}

/** A container of a spec; `serial` gives the parts that must be unique and `now` the instants that were not told. */
export function containerOf(spec: ContainerSpec, serial: { id: string; number: number }, now: number): FakeContainer {
  const state = spec.state ?? 'running';
  const ran = state !== 'created' && state !== 'initialized';
  const ended = state === 'exited' || state === 'dead' || state === 'stopped' || state === 'restarting';
  const createdAt = spec.createdAt ?? spec.startedAt ?? now;
  const startedAt = spec.startedAt ?? createdAt;
  return {
    id: serial.id,
    name: spec.name ?? `c${serial.number}`,
    image: spec.image ?? 'busybox:local',
    command: spec.command ?? ['sleep', '1000'],
    labels: { ...spec.labels },
    state,
    health: spec.health ?? 'none',
    exitCode: spec.exitCode ?? 0,
    oomKilled: spec.oomKilled ?? false,
    oomPending: false,
    error: spec.error ?? '',
    pid: ran && !ended ? 1000 + serial.number : 0,
    restartPolicy: spec.restartPolicy ?? 'no',
    maxRetries: spec.maxRetries ?? 0,
    restartCount: spec.restartCount ?? 0,
    stoppedByHand: false,
    autoRemove: spec.autoRemove ?? false,
    binds: spec.binds ?? [],
    networkMode: spec.networkMode ?? 'bridge',
    memoryBytes: 0,
    usage: { ...spec.usage },
    createdNs: toNanoseconds(createdAt),
    startedNs: ran ? toNanoseconds(startedAt) : 0n,
    finishedNs: ended ? toNanoseconds(spec.finishedAt ?? now) : 0n,
  };
}
