import type { Logger } from '../runtime/logger.ts';

/** Called when what a container may use was changed (`docker update`), once the engine told what it is now. */
export type UpdateCallback = (containerId: string) => void;

/** Calls many callbacks; one that throws harms nobody else. */
export class UpdateCallbacks {
  readonly #callbacks = new Set<{ readonly call: UpdateCallback }>();
  readonly #logger: () => Logger;

  constructor(logger: () => Logger) {
    this.#logger = logger;
  }

  /** Adds a callback; gives how to take it away. */
  add(call: UpdateCallback): () => void {
    const entry = { call };
    this.#callbacks.add(entry);
    return () => this.#callbacks.delete(entry);
  }

  tell(containerId: string): void {
    for (const { call } of [...this.#callbacks]) {
      try {
        call(containerId);
      } catch (error) {
        this.#logger().error('a callback for updated containers failed', { error });
      }
    }
  }
}
