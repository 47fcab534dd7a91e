import type { WorkspaceId } from '../model/workspace.ts';
import type { Clock } from '../runtime/clock.ts';

/** One appointment a workspace: when its condition will change by time alone. */
export class Rechecks {
  readonly #clock: Clock;
  readonly #cancels = new Map<WorkspaceId, () => void>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Runs `recheck` after so many ms, in place of what was planned before for this workspace. */
  plan(id: WorkspaceId, delayMs: number, recheck: () => void): void {
    this.cancel(id);
    const cancel = this.#clock.setTimer(Math.max(0, delayMs), () => {
      this.#cancels.delete(id);
      recheck();
    });
    this.#cancels.set(id, cancel);
  }

  cancel(id: WorkspaceId): void {
    this.#cancels.get(id)?.();
    this.#cancels.delete(id);
  }

  close(): void {
    for (const cancel of this.#cancels.values()) cancel();
    this.#cancels.clear();
  }
}
