import type { ContainerLimits, ContainerNetwork, ContainerSign, ContainerState, Health } from '../model/container.ts';
import type { DiskSizeSource } from './disk-size.ts';
import type { UsageSource } from './usage.ts';

/** The container world through one port. All calls have their own time limit and reject with TidewatchError `engine_*`. */
export interface Engine {
  /** Where the engine is and how that was found. */
  readonly endpoint: EngineEndpoint;
  /** Pings, negotiates the API version and learns the engine's clock. Call it before anything else and after any loss. */
  connect(signal?: AbortSignal): Promise<EngineInfo>;
  /** The cheapest proof that the engine answers (`GET /_ping`). */
  ping(signal?: AbortSignal): Promise<EngineInfo>;
  /** All containers, in batches, so that ten thousand do not block the event loop. One request. */
  list(signal?: AbortSignal): AsyncIterable<readonly ContainerSummary[]>;
  /** One container in full; `null` when the engine knows no such container. */
  inspect(containerId: string, signal?: AbortSignal): Promise<ContainerDetail | null>;
  /**
   * The event stream. Resolves when the engine ends it cleanly, rejects when it breaks. The stream is drained whatever
   * the sink does: `onEvents` must return at once and must not throw.
   */
  watch(options: WatchOptions): Promise<void>;
  /** Resolves when the engine may be back (its socket file reappeared) or the signal aborts; never where that cannot be seen. */
  reappeared(signal: AbortSignal): Promise<void>;
  /** A new source that asks this engine what containers use; its owner closes it. Absent where the engine cannot tell. */
  usage?(): UsageSource;
  /** Asks this engine for space on its disk. Absent where the engine cannot tell. */
  diskSizes?(): DiskSizeSource;
  /** Calls made so far, by kind: what Tidewatch costs the engine. */
  getStats(): EngineCallStats;
  /** Ends what is under way; every call after it rejects with `engine_unreachable`. */
  close(): Promise<void>;
}

export interface EngineEndpoint {
  /** As Docker writes it: `unix:///var/run/docker.sock`, `tcp://host:2376`, `ssh://user@host`. Without secrets. */
  readonly url: string;
  /** How it was found: `option`, `DOCKER_HOST`, `DOCKER_CONTEXT`, `context "name"`, `default socket`, … */
  readonly foundBy: string;
}

export interface EngineInfo {
  readonly dialect: 'docker' | 'podman';
  /** Version both sides speak, as in `1.41`. */
  readonly apiVersion: string;
  /** The engine's clock, epoch ms (1 s resolution on Docker's `Date` header). */
  readonly serverTime: number;
}

export interface EngineCallStats {
  /** `stats` and `disk` once they were asked for. */
  readonly calls: Readonly<Record<'ping' | 'list' | 'inspect' | 'events', number> & { stats?: number; disk?: number }>;
  readonly failures: number;
}

/** One row of the list. Strings are bounded by the decoder; instants epoch ms. */
export interface ContainerSummary {
  readonly id: string;
  /** Without the leading slash. */
  readonly name: string;
  readonly image: string;
  readonly state: ContainerState;
  /**
   * From the status text or the health object. `null` when neither has a word of it, for want of a check or because this
   * engine's list leaves it out: not known until an inspect.
   */
  readonly health: Health | null;
  /** From the text `Exited (7) …`; `null` when it does not tell. */
  readonly exitCode: number | null;
  readonly createdAt: number | null;
  readonly labels: Readonly<Record<string, string>>;
  /** Sources of bind mounts. */
  readonly bindSources: readonly string[];
}

/** What an inspect tells. Instants epoch ms by the engine's clock. */
export interface ContainerDetail {
  readonly id: string;
  readonly name: string;
  readonly image: string;
  readonly state: ContainerState;
  /** `none` unless it runs unpaused. */
  readonly health: Health;
  /** When its last health probe ended; `null` when none did or the engine does not tell. */
  readonly probedAt: number | null;
  /** The command line of its health check, as the sign of an exec tells it; `null` when it has none. */
  readonly healthCommand: string | null;
  /** `null` while running and before the first run. */
  readonly exitCode: number | null;
  readonly oomKilled: boolean;
  /** Why a start failed; empty otherwise. */
  readonly error: string;
  readonly pid: number;
  readonly restartCount: number;
  readonly restartPolicy: RestartPolicy;
  /** Whose network it sees. */
  readonly network: ContainerNetwork;
  readonly limits: ContainerLimits;
  readonly createdAt: number | null;
  readonly startedAt: number | null;
  readonly finishedAt: number | null;
  readonly labels: Readonly<Record<string, string>>;
  readonly bindSources: readonly string[];
}

export type RestartPolicy = 'no' | 'always' | 'on-failure' | 'unless-stopped';

/** Actions Tidewatch acts on; `remove` of Podman is `destroy` here, `died` is `die`. */
export const ENGINE_ACTIONS = [
  'create',
  'start',
  'die',
  'kill',
  'stop',
  'restart',
  'pause',
  'unpause',
  'oom',
  'rename',
  'update',
  'destroy',
  'health_status',
] as const;
export type EngineAction = (typeof ENGINE_ACTIONS)[number];

/** One event of a container. */
export interface EngineEvent {
  readonly containerId: string;
  readonly action: EngineAction;
  /** Nanoseconds since the epoch by the engine's clock, as its exact decimal text: it does not fit a number. */
  readonly timeNano: string;
  /** The same in epoch ms (fractional). */
  readonly at: number;
  readonly name: string;
  readonly image: string;
  /** `die`. */
  readonly exitCode: number | null;
  /** `kill`. */
  readonly signal: number | null;
  /** `health_status`; `null` also when the engine does not say which in a way to be relied on. */
  readonly health: Health | null;
  /** The container's labels, without the attributes the engine mixes in. */
  readonly labels: Readonly<Record<string, string>>;
}

export interface WatchOptions {
  /** Replay from this instant on, inclusive: epoch ms or nanoseconds as decimal text. */
  readonly since: number | string;
  /** With it the engine replays up to this instant (epoch ms) and ends the stream. */
  readonly until?: number;
  /** The engine took the subscription. */
  onOpen?(): void;
  /** Events of one read, in the engine's order. */
  onEvents(events: readonly EngineEvent[]): void;
  /**
   * What was done with containers from outside, without `started`. Only asked for with it: a health check that runs each
   * second makes a sign each second. Told after the events of the same read; like {@link WatchOptions.onEvents}.
   */
  onSigns?(signs: readonly ContainerSign[]): void;
  /** A line that is no event Tidewatch can read: told, counted, skipped. */
  onUnreadable?(what: string): void;
  readonly signal: AbortSignal;
}
