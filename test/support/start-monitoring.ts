import type { Config } from '../../src/daemon/config/keys.ts';
import { configDefaults } from '../../src/daemon/config/load-config.ts';
import { createMonitor } from '../../src/daemon/monitoring.ts';
import { createDockerEngine } from '../../src/engine/docker/docker-engine.ts';
import type { EngineLimits } from '../../src/engine/docker/engine-limits.ts';
import { EventBus } from '../../src/events/bus.ts';
import type { TidewatchEvent } from '../../src/model/events.ts';
import type { WorkspaceMetrics } from '../../src/model/workspace.ts';
import type { ResourceMonitor } from '../../src/monitor/resource-monitor.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { silentLogger } from '../../src/runtime/logger.ts';
import { Tracker } from '../../src/tracker/tracker.ts';

/** Tracker, monitor and sources on a real engine, wired as the daemon wires them. */
export interface StartedMonitoring extends AsyncDisposable {
  readonly tracker: Tracker;
  readonly monitor: ResourceMonitor;
  readonly events: readonly TidewatchEvent[];
  /** The figures in the workspace's state; `null` while there are none. Throws when nobody knows the workspace. */
  metricsOf(workspaceId: string): WorkspaceMetrics | null;
}

/** How the monitoring is set up; all has the daemon's default. */
export interface MonitoringSetting {
  readonly config?: Partial<Config>;
  readonly limits?: Partial<EngineLimits>;
}

/** Starts monitoring of the engine at `host`; resolves after the tracker's first sync. */
export async function startMonitoring(host: string, setting: MonitoringSetting = {}): Promise<StartedMonitoring> {
  const config = { ...configDefaults({ env: {}, home: '/tmp' }), ...setting.config };
  const engine = createDockerEngine({ host, ...(setting.limits !== undefined && { limits: setting.limits }) });
  const bus = new EventBus();
  const events: TidewatchEvent[] = [];
  bus.on('*', (event) => void events.push(event));
  const tracker = new Tracker({ engine, bus });
  const parts = { tracker, engine, bus, clock: systemClock, logger: silentLogger };
  const monitor = createMonitor(config, parts);
  const stop = async () => {
    await tracker.stop();
    await monitor.stop();
    await engine.close();
  };
  try {
    await monitor.start();
    await tracker.start();
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    tracker,
    monitor,
    events,
    metricsOf(workspaceId) {
      const state = tracker.getWorkspaceState(workspaceId);
      if (state === undefined) throw new Error(`there is no workspace ${workspaceId}`);
      return state.metrics;
    },
    [Symbol.asyncDispose]: stop,
  };
}
