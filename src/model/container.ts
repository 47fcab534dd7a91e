/**
 * State of one container as the engine tells it. `stopping` and `initialized` are Podman's; `unknown` stands for a word
 * Tidewatch does not know; `removed` appears only as the last state of a container that is gone.
 */
export const CONTAINER_STATES = [
  'created',
  'initialized',
  'running',
  'paused',
  'restarting',
  'stopping',
  'removing',
  'exited',
  'dead',
  'unknown',
  'removed',
] as const;
export type ContainerState = (typeof CONTAINER_STATES)[number];

/** Result of the container's health check; `none` without one. */
export type Health = 'none' | 'starting' | 'healthy' | 'unhealthy';

/**
 * What a container is for. `service`: should run. `one-shot`: does a job and ends (an init container). `helper`: serves
 * the tooling, never decides a workspace's status.
 */
export type ContainerRole = 'service' | 'one-shot' | 'helper';

/** One container of a workspace as readers see it. Instants are ISO 8601 UTC. */
export interface WorkspaceContainer {
  readonly id: string;
  readonly name: string;
  readonly image: string;
  readonly state: ContainerState;
  readonly health: Health;
  /** Exit code of the last run; `null` while it runs, before the first run, or when it is not known. */
  readonly exitCode: number | null;
  /** A process of the current or last run was ended by the kernel for lack of memory. */
  readonly oomKilled: boolean;
  /** Restarts by the engine's restart policy; `null` until the container was inspected. */
  readonly restartCount: number | null;
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
  readonly role: ContainerRole;
}

/** Whose network a container sees; `shared`: that of another container. */
export type ContainerNetwork = 'own' | 'host' | 'shared' | 'none';

/** What a container may use at most: `Infinity` where nothing limits it, `NaN` where that is not told. */
export interface ContainerLimits {
  /** Cores at once. */
  readonly cpuCores: number;
  /** Processes. */
  readonly pids: number;
}

/** No process of its last run is left; `restarting` waits for the next one. */
export function hasEnded(state: ContainerState): boolean {
  return state === 'exited' || state === 'dead' || state === 'restarting';
}

/** What shows that somebody, or a program of theirs, deals with a container from outside. */
export type ContainerSignKind = 'started' | 'exec' | 'attach' | 'terminal' | 'copy';

/** Something was done with a container from outside. It changes no state. */
export interface ContainerSign {
  readonly containerId: string;
  /** `started`: somebody had it started; `terminal`: its terminal was resized, or left by its keys; `copy`: files in or out. */
  readonly kind: ContainerSignKind;
  /** `exec`: the command line, cut to {@link COMMAND_MOST}; empty where the engine does not tell it. */
  readonly command: string;
  /** When it happened by the engine's clock, epoch ms. */
  readonly at: number;
}

/** Longer command lines are cut, wherever they come from: they are only compared. */
export const COMMAND_MOST = 1_000;
