import type { EventDraft } from '../model/events.ts';
import type { Freshness, WorkspaceFigures, WorkspaceId, WorkspaceState } from '../model/workspace.ts';
import type { Clock } from '../runtime/clock.ts';
import type { WorkspaceResolver } from './workspace-resolver.ts';

/** What the world tells the outside. */
export interface WorldPorts {
  readonly clock: Clock;
  readonly resolver: WorkspaceResolver;
  /** Now by the engine's clock, epoch ms. */
  engineNow(): number;
  freshness(): Freshness;
  /** What is measured of workspaces. */
  figures(): WorkspaceFigures;
  emit(drafts: readonly EventDraft[]): void;
  /** The registry no longer says what is true of this workspace. */
  onUnsaved(id: WorkspaceId): void;
  /** Whether anybody wants {@link WorldPorts.onChanged}: views are drawn only then. */
  wantsChanges(): boolean;
  onChanged(id: WorkspaceId, previous: WorkspaceState | undefined, current: WorkspaceState | undefined): void;
}

/** How a change came to be known. */
export interface Cause {
  /** When it happened, by the engine's clock, epoch ms. */
  readonly at: number;
  /** Found by a sync after the fact. */
  readonly recovered: boolean;
}
