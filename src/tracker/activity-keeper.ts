import { toTidewatchError } from '../model/errors.ts';
import type { WorkspaceFigures } from '../model/workspace.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';
import type { WorkspaceEntry } from './workspace-entry.ts';
import type { WorkspaceService } from './workspace-service.ts';
import type { World } from './world.ts';

export interface ActivityKeeperParts {
  readonly world: World;
  readonly service: WorkspaceService;
  readonly clock: Clock;
  figures(): Pick<WorkspaceFigures, 'activityOf'>;
  logger(): Logger;
}

/** A process that is killed loses as much. */
const SAVED_EVERY_MS = 60_000;

/** Lets the registry remember when workspaces were last worked in: looked up now and then, so that activity itself costs no write. */
export class ActivityKeeper {
  readonly #parts: ActivityKeeperParts;
  #isFailing = false;

  constructor(parts: ActivityKeeperParts) {
    this.#parts = parts;
  }

  /** Runs until the signal aborts, and saves a last time. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#parts.clock.sleep(SAVED_EVERY_MS, signal);
      await this.#save();
    }
  }

  /** All in one turn: a registry that writes what comes together writes it once. */
  async #save(): Promise<void> {
    const { world } = this.#parts;
    const failures = await Promise.all([...world.workspaces.values()].map((entry) => this.#saveOne(entry)));
    const [failure] = failures.filter((error) => error !== null);
    if (failure !== undefined && !this.#isFailing) {
      const { message } = toTidewatchError(failure, 'registry_failed');
      this.#parts.logger().warn(`the registry did not take when workspaces were last worked in: ${message}`);
    }
    this.#isFailing = failure !== undefined;
  }

  /** Gives why it could not. What has no record yet gets one first. */
  async #saveOne(entry: WorkspaceEntry): Promise<unknown> {
    const activity = this.#parts.figures().activityOf(entry.id);
    if (activity === null || entry.saved === null || activity.at <= (entry.activity?.at ?? 0)) return null;
    try {
      await this.#parts.service.update(entry.id, { activity });
      entry.activity = activity;
      return null;
    } catch (error) {
      return error;
    }
  }
}
