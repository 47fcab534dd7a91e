import type { ContainerSign } from '../model/container.ts';
import type { WorkspaceId } from '../model/workspace.ts';
import type { Logger } from '../runtime/logger.ts';

/** Called when something was done with a container of the workspace from outside: somebody may be there. */
export type SignCallback = (workspaceId: WorkspaceId, sign: ContainerSign) => void;

export interface SignParts {
  /** The workspace of a container; `undefined` while it is not known. */
  workspaceOf(containerId: string): WorkspaceId | undefined;
  logger(): Logger;
}

/** As many as Podman's journal may hold of an hour; Docker remembers 256 events. */
const HELD_MOST = 4_096;

/** Passes on what is done with containers from outside; it is kept until it is known to which workspace they belong. */
export class ContainerSigns {
  readonly #parts: SignParts;
  readonly #callbacks = new Set<{ readonly call: SignCallback }>();
  #held: ContainerSign[] | null = [];
  #newestAt = Number.NEGATIVE_INFINITY;
  #hasFailed = false;

  constructor(parts: SignParts) {
    this.#parts = parts;
  }

  /** Adds a callback; gives how to take it away. */
  add(call: SignCallback): () => void {
    const entry = { call };
    this.#callbacks.add(entry);
    return () => this.#callbacks.delete(entry);
  }

  /** Keeps what comes until {@link ContainerSigns.flow}. */
  hold(): void {
    this.#held ??= [];
  }

  take(signs: readonly ContainerSign[]): void {
    if (this.#held === null) for (const sign of signs) this.#tell(sign);
    else {
      for (const sign of signs) this.#held.push(sign);
      if (this.#held.length > 2 * HELD_MOST) this.#held.splice(0, this.#held.length - HELD_MOST);
    }
  }

  /** Tells what was kept, in the order of time: what the engine remembers comes after what it told since. */
  flow(): void {
    const held = this.#held ?? [];
    this.#held = null;
    for (const sign of held.sort((a, b) => a.at - b.at)) {
      // The overlap of two connections is told by both.
      if (sign.at > this.#newestAt) this.#tell(sign);
    }
  }

  #tell(sign: ContainerSign): void {
    if (sign.at > this.#newestAt) this.#newestAt = sign.at;
    const workspaceId = this.#parts.workspaceOf(sign.containerId);
    if (workspaceId === undefined) return;
    for (const { call } of this.#callbacks) {
      try {
        call(workspaceId, sign);
      } catch (error) {
        // Thousands may come a second.
        if (!this.#hasFailed) this.#parts.logger().error('a callback for signs of activity failed', { error });
        this.#hasFailed = true;
      }
    }
  }
}
