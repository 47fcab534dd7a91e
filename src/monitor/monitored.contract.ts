import type { EventDraft, EventType } from '../model/events.ts';
import { FakeClock } from '../runtime/fake-clock.ts';
import type { LogFields, Logger } from '../runtime/logger.ts';
import { FakeUsageSource } from './fake-usage-source.contract.ts';
import type { HostSource } from './host-figures.ts';
import type { ResourceMonitorOptions } from './monitor-options.ts';
import { ResourceMonitor } from './resource-monitor.ts';
import { ScriptedWorkspaces } from './scripted-workspaces.contract.ts';

export const HOST_MEMORY = 16e9;

export const someHost: HostSource = {
  read: () => ({
    cores: 4,
    cpuPercent: 12,
    memoryTotal: HOST_MEMORY,
    memoryUsed: 4e9,
    load: [1, 2, 3],
    disk: { path: '/', totalBytes: 100e9, freeBytes: 40e9 },
  }),
};

/** A monitor with everything around it under a test's control. */
export function monitored(options: Partial<ResourceMonitorOptions> = {}) {
  const clock = new FakeClock();
  const tracker = new ScriptedWorkspaces();
  const source = new FakeUsageSource(() => clock.monotonic());
  const told: EventDraft[] = [];
  const handlers: ((event: never) => unknown)[] = [];
  const lines: { level: string; message: string; fields: LogFields | undefined }[] = [];
  const line = (level: string) => (message: string, fields?: LogFields) => void lines.push({ level, message, fields });
  const logger: Logger = { debug: line('debug'), info: line('info'), warn: line('warn'), error: line('error') };
  const monitor = new ResourceMonitor({
    tracker,
    sources: [source],
    clock,
    host: someHost,
    cpu: () => 0,
    logger,
    bus: {
      emit: (draft) => void told.push(draft),
      emitAll: (drafts) => void told.push(...drafts),
      on: (_type, handler) => {
        handlers.push(handler as (event: never) => unknown);
        return () => {};
      },
      use: () => () => {},
    },
    ...options,
  });
  return {
    clock,
    tracker,
    source,
    monitor,
    lines,
    /** Hands an event to those who subscribed. */
    publish: (event: object) => handlers.forEach((handler) => void handler(event as never)),
    told: <T extends EventType>(type: T) => told.filter((draft) => draft.type === type) as EventDraft<T>[],
  };
}
