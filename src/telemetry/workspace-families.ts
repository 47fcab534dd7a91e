import type { WorkspaceState } from '../model/workspace.ts';
import { fromIso } from '../runtime/iso.ts';
import { counter, type Family, gauge } from './family.ts';
import type { WorkspaceTotals } from './running-totals.ts';

/** What is told of one workspace. */
export interface WorkspaceFacts {
  readonly state: WorkspaceState;
  readonly totals: WorkspaceTotals;
}

/** CPU ratios to a hundredth of a percent of a core: what is finer is noise. */
const RATIO_STEPS = 1e4;

const W = 'tidewatch_workspace';

/**
 * What other systems are told of every workspace. Figures are those of now: where there is none, there is no sample. What can be
 * one of several (status, phase, freshness) has one sample, 1, whose label is the present one.
 */
export const WORKSPACE_FAMILIES: readonly Family<WorkspaceFacts>[] = [
  {
    name: W,
    type: 'info',
    help: 'Name, owner and the rule that found the workspace; to be joined on its label workspace.',
    labels: ['name', 'owner', 'source'],
    read: ({ state }, tell) => tell(1, state.name, state.owner ?? '', state.source.rule),
  },
  {
    name: `${W}_status`,
    type: 'gauge',
    help: '1 for the present status: active, inactive or archived.',
    labels: ['status'],
    read: ({ state }, tell) => tell(1, state.status),
  },
  {
    name: `${W}_phase`,
    type: 'gauge',
    help: '1 for the present phase, with the reason: running, unhealthy, crashed, out-of-memory, stopped, ….',
    labels: ['phase', 'reason'],
    read: ({ state }, tell) => tell(1, state.phase, state.reason.code),
  },
  gauge(`${W}_phase_since_timestamp_seconds`, 'Since when it is in this phase.', ({ state }) => seconds(state.since)),
  {
    name: `${W}_freshness`,
    type: 'gauge',
    help: '1 for how well the state is known: live, stale or unknown.',
    labels: ['freshness'],
    read: ({ state }, tell) => tell(1, state.freshness.state),
  },
  gauge(`${W}_confirmed_timestamp_seconds`, 'When the engine confirmed the state last.', ({ state }) =>
    seconds(state.freshness.confirmedAt),
  ),
  {
    name: `${W}_containers`,
    type: 'gauge',
    help: 'Containers by state; states that none has are left out.',
    labels: ['state'],
    read({ state }, tell) {
      const counts = new Map<string, number>();
      for (const container of state.containers) counts.set(container.state, (counts.get(container.state) ?? 0) + 1);
      for (const [name, count] of counts) tell(count, name);
    },
  },
  counter(`${W}_restarts`, 'Restarts of its containers by the restart policy of the engine.', ({ totals }) =>
    totals('restarts'),
  ),
  {
    name: `${W}_threshold_exceeded`,
    type: 'gauge',
    help: '1 for each metric whose threshold is exceeded now.',
    labels: ['metric'],
    read({ state }, tell) {
      for (const metric of new Set(state.exceeded.map((one) => one.metric))) tell(1, metric);
    },
  },
  gauge(`${W}_cpu_ratio`, 'CPU used; 1 is one core.', ({ state: { metrics } }) =>
    metrics?.cpuPercent == null ? null : Math.round(metrics.cpuPercent * (RATIO_STEPS / 100)) / RATIO_STEPS,
  ),
  gauge(
    `${W}_memory_bytes`,
    'Memory used, without page cache that was not used lately.',
    ({ state: { metrics } }) => metrics?.memoryUsage ?? null,
  ),
  gauge(
    `${W}_memory_limit_bytes`,
    'Memory that may be used.',
    ({ state: { metrics } }) => metrics?.memoryLimit ?? null,
  ),
  counter(`${W}_network_receive_bytes`, 'Received from the network.', ({ totals }) => totals('networkRx')),
  counter(`${W}_network_transmit_bytes`, 'Sent to the network.', ({ totals }) => totals('networkTx')),
  counter(`${W}_disk_read_bytes`, 'Read from disks.', ({ totals }) => totals('diskRead')),
  counter(`${W}_disk_write_bytes`, 'Written to disks.', ({ totals }) => totals('diskWrite')),
  gauge(`${W}_processes`, 'Processes and threads.', ({ state: { metrics } }) => metrics?.pids ?? null),
  gauge(
    `${W}_disk_used_bytes`,
    'What its containers wrote beside images and volumes.',
    ({ state }) => state.diskUsed?.writableBytes ?? null,
  ),
  gauge(
    `${W}_volumes_used_bytes`,
    'What is in the volumes of its containers.',
    ({ state }) => state.diskUsed?.volumeBytes ?? null,
  ),
  gauge(`${W}_start_time_seconds`, 'When its oldest running container started.', ({ state: { metrics } }) =>
    metrics === null ? null : minus(seconds(metrics.sampledAt), metrics.uptime),
  ),
  gauge(`${W}_last_activity_timestamp_seconds`, 'When somebody or something last worked in it.', ({ state }) =>
    seconds(state.lastActivity),
  ),
  counter(
    `${W}_errors`,
    'Readings that failed and error events.',
    ({ state: { metrics } }) => metrics?.errorCount ?? null,
  ),
  gauge(`${W}_sampled_timestamp_seconds`, 'When its newest figures were read.', ({ state: { metrics } }) =>
    seconds(metrics?.sampledAt ?? null),
  ),
];

function seconds(iso: string | null): number | null {
  const at = iso === null ? null : fromIso(iso);
  return at === null ? null : at / 1000;
}

/** To the millisecond: the difference would show more digits than are known. */
function minus(at: number | null, duration: number): number | null {
  return at === null ? null : Math.round((at - duration) * 1000) / 1000;
}
