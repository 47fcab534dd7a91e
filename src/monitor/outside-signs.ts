import type { ContainerSign } from '../model/container.ts';
import type { Clock } from '../runtime/clock.ts';
import type { ContainerMonitor } from './container-monitor.ts';
import { Rhythms } from './rhythm.ts';
import type { WorkspaceMonitor } from './workspace-monitor.ts';

export interface OutsideSignsParts {
  readonly clock: Clock;
  readonly workspaces: ReadonlyMap<string, WorkspaceMonitor>;
  /** Those that run, by id. */
  readonly containers: ReadonlyMap<string, ContainerMonitor>;
}

/** Commands of one container, and containers, of which it is not yet known what their health check runs. */
const WAITING_MOST = 16;
const CONTAINERS_WAITING_MOST = 1_024;

/** More of a program's name says nothing. */
const PROGRAM_MOST = 64;

/** Decides which of the things done with containers from outside show that somebody is there. */
export class OutsideSigns {
  readonly #parts: OutsideSignsParts;
  readonly #rhythms = new Rhythms();
  readonly #waiting = new Map<string, ContainerSign[]>();

  constructor(parts: OutsideSignsParts) {
    this.#parts = parts;
  }

  /** `workspace`: the one of the container. Health checks come here too, perhaps thousands a second. */
  take(workspace: WorkspaceMonitor | undefined, sign: ContainerSign): void {
    if (workspace === undefined || workspace.isExcluded) return;
    const healthCommand = sign.kind === 'exec' ? this.#parts.containers.get(sign.containerId)?.healthCommand : null;
    if (healthCommand === undefined) this.#wait(sign);
    else if (healthCommand === null || healthCommand !== sign.command) this.#judge(workspace, sign);
  }

  /** It is now known what its health check runs. */
  describe({ id, workspaceId }: ContainerMonitor): void {
    const waiting = this.#waiting.get(id);
    if (waiting === undefined) return;
    this.#waiting.delete(id);
    for (const sign of waiting) this.take(this.#parts.workspaces.get(workspaceId), sign);
  }

  /** Commands are each the work of one container; starts and attachments may be of a new one each time (`docker run --rm`). */
  #judge(workspace: WorkspaceMonitor, { kind, containerId, command, at }: ContainerSign): void {
    const key = kind === 'exec' ? `${containerId} ${command}` : `${workspace.id} ${kind}`;
    if (this.#rhythms.isDue(key, at)) return;
    // The engine's clock may be ahead of ours.
    const when = Math.min(at, this.#parts.clock.now());
    workspace.activity.note(kind, when, { containerId, value: null, usual: null, program: programOf(command) });
  }

  #wait(sign: ContainerSign): void {
    const waiting = this.#waiting.get(sign.containerId) ?? [];
    const isKnown = waiting.findIndex(({ command }) => command === sign.command);
    // Of the same command the newest is enough.
    if (isKnown >= 0) waiting.splice(isKnown, 1);
    this.#waiting.set(sign.containerId, [...waiting.slice(-WAITING_MOST), sign]);
    if (this.#waiting.size > CONTAINERS_WAITING_MOST) this.#waiting.delete(this.#waiting.keys().next().value ?? '');
  }
}

/** `/usr/bin/psql --password=x` → `psql`. */
function programOf(command: string): string {
  const [program = ''] = command.split(' ', 1);
  return program.slice(program.lastIndexOf('/') + 1).slice(0, PROGRAM_MOST);
}
