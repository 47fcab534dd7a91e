import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDockerEngine } from '../../src/engine/docker/docker-engine.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { EventBus } from '../../src/events/bus.ts';
import type { EventLog } from '../../src/events/event-log.ts';
import { openSqliteStore } from '../../src/storage/sqlite/sqlite-store.ts';
import { Tracker } from '../../src/tracker/tracker.ts';
import type { WorkspaceService } from '../../src/tracker/workspace-service.ts';

/** Where events and workspaces are kept: in SQLite, as in the daemon, or in memory, as in the library. */
export type StoreKind = 'sqlite' | 'memory';

/** A tracker with its bus and store on an engine; nothing runs before `tracker.start()`. */
export interface TrackedEngine extends AsyncDisposable {
  readonly engine: Engine;
  readonly tracker: Tracker;
  readonly bus: EventBus;
  close(): Promise<void>;
}

/** Wires tracker, bus and store as the daemon does. */
export function trackEngine(host: string, storeKind: StoreKind): TrackedEngine {
  const store = storeKind === 'sqlite' ? openScratchStore() : null;
  const engine = createDockerEngine({ host });
  const bus = new EventBus(store === null ? {} : { log: store.events });
  const tracker = new Tracker({ engine, bus, ...(store !== null && { workspaces: store.workspaces }) });
  const close = async () => {
    await tracker.stop();
    await engine.close();
    await bus.close();
    await store?.close();
  };
  return { engine, tracker, bus, close, [Symbol.asyncDispose]: close };
}

function openScratchStore(): { events: EventLog; workspaces: WorkspaceService; close(): Promise<void> } {
  const dataDir = mkdtempSync(join(tmpdir(), 'tidewatch-bench-'));
  const store = openSqliteStore({ dataDir });
  return {
    events: store.events,
    workspaces: store.workspaces,
    async close() {
      await store.close();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

/** Resolves when nothing is under way any more: every container asked for once, everything saved and told. */
export async function untilSettled({ tracker, bus }: TrackedEngine): Promise<void> {
  for (;;) {
    const { inspections, containers, queued } = tracker.getStats();
    if (inspections >= containers && queued === 0 && (await bus.drain())) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
