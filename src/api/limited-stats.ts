import type { WorkspaceState } from '../model/workspace.ts';
import type { Stats } from './contract/status-schemas.ts';

/**
 * Figures for a limited token. Whatever counts the whole is 0 or empty, figures that are added one day included; what is
 * left is named here.
 */
export function limitedStats(stats: Stats, known: readonly WorkspaceState[]): Stats {
  const { version, startedAt, tracker, monitor, store, self } = stats;
  const blank = blanked(stats) as Stats;
  return {
    ...blank,
    ...{ version, startedAt },
    tracker: {
      ...blank.tracker,
      engine: tracker.engine,
      synced: tracker.synced,
      workspaces: known.length,
      containers: known.reduce((sum, { containers }) => sum + containers.length, 0),
    },
    monitor: {
      ...blank.monitor,
      activeMonitors: known.filter(({ metrics }) => metrics !== null).length,
      collectInterval: monitor.collectInterval,
    },
    store: { ...blank.store, kind: store.kind, writable: store.writable },
    self: { ...blank.self, uptimeSeconds: self.uptimeSeconds },
  };
}

/** The same shape without content: 0, nothing, an empty list. What may be missing is. */
function blanked(value: unknown): unknown {
  if (typeof value === 'number') return 0;
  if (typeof value === 'string') return null;
  if (Array.isArray(value)) return [];
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, blankedPart(name, part)]));
}

/** Of these, names are what was counted, or they are there or not by what was done. */
const WHOLE = new Set(['calls', 'lastSync', 'diskSizes']);

function blankedPart(name: string, part: unknown): unknown {
  if (!WHOLE.has(name)) return blanked(part);
  return name === 'calls' ? {} : null;
}
