import type { AuditLog } from '../access/audit-log.ts';
import type { LogoutStore } from '../access/logout-store.ts';
import { memoryAuditLog } from '../access/memory-audit-log.ts';
import { memoryLogoutStore } from '../access/memory-logout-store.ts';
import { memoryTokenStore } from '../access/memory-token-store.ts';
import type { TokenStore } from '../access/token-store.ts';
import type { EventLog } from '../events/event-log.ts';
import { memoryEventLog } from '../events/memory-event-log.ts';
import { memorySeriesStore } from '../metrics/memory-series-store.ts';
import type { SeriesStore } from '../metrics/series-store.ts';
import { TidewatchError } from '../model/errors.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';
import { makeFolder } from '../runtime/make-folder.ts';
import { openSqliteStore } from '../storage/sqlite/sqlite-store.ts';
import { memoryWorkspaceService } from '../tracker/memory-workspace-service.ts';
import type { WorkspaceService } from '../tracker/workspace-service.ts';
import type { Config } from './config/keys.ts';

/** Where the daemon keeps what it knows. */
export interface DaemonStore {
  readonly events: EventLog;
  readonly workspaces: WorkspaceService;
  readonly series: SeriesStore;
  readonly tokens: TokenStore;
  readonly logouts: LogoutStore;
  readonly audit: AuditLog;
  close(): Promise<void>;
}

/** More would not fit into the memory of a small machine. */
const MEMORY_EVENTS_MAX = 50_000;

/** Opens the configured store, and makes the data folder. Throws TidewatchError `store_*`. */
export async function openStore(config: Config, parts: { clock: Clock; logger: Logger }): Promise<DaemonStore> {
  makeDataDir(config.dataDir);
  if (config.store === 'sqlite') return openSqliteStore({ dataDir: config.dataDir, ...parts });
  const capacity = Math.min(config['events.maxCount'], MEMORY_EVENTS_MAX);
  return {
    events: memoryEventLog({ capacity, clock: parts.clock }),
    workspaces: memoryWorkspaceService(),
    series: memorySeriesStore(),
    tokens: memoryTokenStore(),
    logouts: memoryLogoutStore(),
    audit: memoryAuditLog(),
    close: async () => {},
  };
}

function makeDataDir(dataDir: string): void {
  try {
    makeFolder(dataDir);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new TidewatchError(
      'store_unwritable',
      `the data folder ${dataDir} cannot be made: ${why}. Set dataDir to a folder that this user can make`,
      {
        cause: error,
      },
    );
  }
}
