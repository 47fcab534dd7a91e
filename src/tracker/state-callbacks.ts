import type { WorkspaceContainer } from '../model/container.ts';
import type { WorkspaceId, WorkspaceState } from '../model/workspace.ts';
import type { Logger } from '../runtime/logger.ts';

/** Called with a workspace's state before and after a change; `undefined` before it was first seen or after it is forgotten. */
export type StateCallback = (
  workspaceId: WorkspaceId,
  previous: WorkspaceState | undefined,
  current: WorkspaceState | undefined,
) => void | Promise<void>;

/** Calls many callbacks; one that throws, rejects or is slow harms nobody else. */
export class StateCallbacks {
  readonly #callbacks = new Set<{ readonly call: StateCallback }>();
  readonly #logger: () => Logger;
  #errors = 0;

  constructor(logger: () => Logger) {
    this.#logger = logger;
  }

  get size(): number {
    return this.#callbacks.size;
  }

  /** How often a callback threw or rejected. */
  get errors(): number {
    return this.#errors;
  }

  /** Adds a callback; gives how to take it away. */
  add(call: StateCallback): () => void {
    const entry = { call };
    this.#callbacks.add(entry);
    return () => this.#callbacks.delete(entry);
  }

  /** Calls back unless nothing but evidence, instants or figures differ. */
  notify(id: WorkspaceId, previous: WorkspaceState | undefined, current: WorkspaceState | undefined): void {
    if (previous !== undefined && current !== undefined && isSame(previous, current)) return;
    for (const { call } of [...this.#callbacks]) {
      try {
        Promise.resolve(call(id, previous, current)).catch((error: unknown) => this.#failed(error));
      } catch (error) {
        this.#failed(error);
      }
    }
  }

  #failed(error: unknown): void {
    this.#errors += 1;
    this.#logger().error('a state callback failed', { error });
  }
}

function isSame(a: WorkspaceState, b: WorkspaceState): boolean {
  if (a.status !== b.status || a.phase !== b.phase || a.reason.code !== b.reason.code) return false;
  if (a.name !== b.name || a.owner !== b.owner || a.labels !== b.labels) return false;
  return (
    a.containers.length === b.containers.length &&
    a.containers.every((container, index) => isSameContainer(container, b.containers[index]))
  );
}

function isSameContainer(a: WorkspaceContainer, b: WorkspaceContainer | undefined): boolean {
  if (b === undefined || a.id !== b.id || a.name !== b.name || a.role !== b.role) return false;
  return a.state === b.state && a.health === b.health && a.exitCode === b.exitCode && a.oomKilled === b.oomKilled;
}
