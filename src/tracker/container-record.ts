import type { ContainerSummary, RestartPolicy } from '../engine/engine.ts';
import type { ContainerLimits, ContainerNetwork, ContainerRole, ContainerState, Health } from '../model/container.ts';
import type { Evidence } from '../model/workspace.ts';

/**
 * All the tracker knows of one container. Mutable, owned by the container store; ten thousand of them must be cheap.
 * Instants are epoch ms by the engine's clock.
 */
export interface ContainerRecord {
  readonly id: string;
  name: string;
  image: string;
  labels: Readonly<Record<string, string>>;
  bindSources: readonly string[];
  workspaceId: string;
  role: ContainerRole;
  state: ContainerState;
  /** Since when it is in this state. */
  stateSince: number;
  health: Health;
  exitCode: number | null;
  /** A process of this or the last run was ended for lack of memory. */
  oomKilled: boolean;
  /** When the engine told so; `null` when only the flag is known. */
  oomAt: number | null;
  /** Why the last start failed; empty otherwise. */
  startError: string;
  restartCount: number | null;
  /** `null` until inspected. */
  restartPolicy: RestartPolicy | null;
  /** First process of the present run; 0 until inspected. */
  pid: number;
  /** `null` until inspected. */
  network: ContainerNetwork | null;
  limits: ContainerLimits | null;
  /** What its health check runs; `null` without one, and until inspected. */
  healthCommand: string | null;
  createdAt: number | null;
  startedAt: number | null;
  finishedAt: number | null;
  /** Last signal the engine was asked to send in this or the last run. */
  killSignal: number | null;
  killedAt: number | null;
  /** The engine was asked to stop or restart it in this or the last run. */
  stopRequestedAt: number | null;
  /** How the end of the last run was learnt; `null` while it runs or before the first run. */
  endSeenBy: 'event' | 'sync' | 'engine-restart' | 'exit-watch' | null;
  /** Instants at which a run ended that was not asked to end, newest last, at most {@link DEATHS_KEPT}. */
  deaths: readonly number[];
  /** Newest last, at most {@link EVIDENCE_KEPT}; empty for what only a list told. */
  evidence: readonly Evidence[];
  /** Somebody changed what it may use, and it was not inspected since. */
  isUpdated?: boolean;
  /** Last `unpause`, to know the false second pair that Docker tells after a quick pause and unpause. */
  unpausedAt?: number;
  /** Number of the last list it was in. */
  listMark?: number;
}

/** Enough to see a loop: more deaths than this say nothing new. */
export const DEATHS_KEPT = 8;

/** A run leaves at most oom, kill, kill, die, stop and what an inspect adds. */
export const EVIDENCE_KEPT = 6;

const NOTHING: readonly never[] = Object.freeze([]);

/** A record of a container as a list row tells it; `at` is the engine's time of the list. */
export function recordOf(
  row: ContainerSummary,
  place: { workspaceId: string; role: ContainerRole },
  at: number,
): ContainerRecord {
  return {
    id: row.id,
    name: row.name,
    image: row.image,
    labels: row.labels,
    bindSources: row.bindSources.length === 0 ? NOTHING : row.bindSources,
    workspaceId: place.workspaceId,
    role: place.role,
    state: row.state,
    stateSince: at,
    health: row.health ?? 'none',
    exitCode: row.exitCode,
    oomKilled: false,
    oomAt: null,
    startError: '',
    restartCount: null,
    restartPolicy: null,
    pid: 0,
    network: null,
    limits: null,
    healthCommand: null,
    createdAt: row.createdAt,
    startedAt: null,
    finishedAt: null,
    killSignal: null,
    killedAt: null,
    stopRequestedAt: null,
    endSeenBy: null,
    deaths: NOTHING,
    evidence: NOTHING,
    isUpdated: false,
    unpausedAt: 0,
    listMark: 0,
  };
}
