import type { EngineEndpoint, EngineInfo } from '../engine/engine.ts';
import type { ErrorCode } from '../model/errors.ts';

/** Result of one comparison of everything known with the engine and the registry. Durations in ms. */
export interface SyncReport {
  readonly workspaceCount: number;
  readonly duration: number;
  readonly successCount: number;
  readonly errorCount: number;
  /** Missed transitions found and told as events marked `recovered`. */
  readonly recovered: number;
  /** Registry records corrected. */
  readonly corrected: number;
  /** ISO 8601. */
  readonly timestamp: string;
}

/** How the tracker stands to the engine. */
export interface EngineConnection {
  /** `connecting` before the first success, `lost` after one. */
  readonly state: 'connecting' | 'connected' | 'lost' | 'stopped';
  /** Since when, ISO 8601. */
  readonly since: string;
  readonly endpoint: EngineEndpoint;
  /** Of the last successful connect. */
  readonly info: EngineInfo | null;
  /** Why it is not connected, one line with what to do. */
  readonly error: string | null;
  /** The code of `error`. */
  readonly errorCode: ErrorCode | null;
}

/** What the tracker did and holds. */
export interface TrackerStats {
  readonly engine: EngineConnection;
  readonly workspaces: number;
  readonly containers: number;
  /** The first sync is done: what the tracker says is complete. */
  readonly synced: boolean;
  readonly syncs: number;
  readonly failedSyncs: number;
  readonly lastSync: SyncReport | null;
  /** Engine events applied, seen a second time, and lines that could not be read. */
  readonly eventsApplied: number;
  readonly eventsRepeated: number;
  readonly eventsUnreadable: number;
  readonly reconnects: number;
  readonly gaps: number;
  readonly recovered: number;
  readonly corrected: number;
  readonly inspections: number;
  /** Registry writes waiting, under way or waiting for another try. */
  readonly queued: number;
  readonly retries: number;
  readonly callbackErrors: number;
}
