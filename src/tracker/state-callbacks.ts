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

  notify(id: WorkspaceId, previous: WorkspaceState | undefined, current: WorkspaceState | undefined): void {
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
