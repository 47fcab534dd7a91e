import { Type } from 'typebox';
import { defineTool, toolInput } from './tool.ts';

/** Groups of a summary that are told, those with most memory first. */
const GROUPS_MAX = 20;

export const getSummary = defineTool({
  name: 'get_summary',
  title: 'What all use now',
  description:
    'What all workspaces use together at this moment, and the machine below them: CPU, memory, network, disk; by owner, and by the values of labels that are asked for. Start here for "how full is the machine".',
  input: toolInput({
    labels: Type.Optional(
      Type.Array(Type.String({ minLength: 1, maxLength: 512 }), {
        maxItems: 5,
        description: 'Also grouped by the values of these labels.',
      }),
    ),
  }),
  async answer({ client }, { labels = [] }) {
    const { byOwner, byLabel, ...figures } = await client.summary({ labels });
    return {
      units:
        'cpu: percent of one core (100 × host.cores is all there is); memory and disk: bytes; …Rate: bytes/s; …MB: 10^6 bytes',
      ...figures,
      byOwner: largest(byOwner),
      byLabel: Object.fromEntries(Object.entries(byLabel).map(([label, groups]) => [label, largest(groups)])),
    };
  },
});

interface Group {
  readonly memoryUsage: number;
}

/** Those with most memory; how many there are is told beside them. */
function largest(groups: Readonly<Record<string, Group>>) {
  const all = Object.entries(groups).sort(([, a], [, b]) => b.memoryUsage - a.memoryUsage);
  return {
    groups: all.slice(0, GROUPS_MAX).map(([name, usage]) => ({ name: name === '' ? null : name, ...usage })),
    groupsLeftOut: Math.max(0, all.length - GROUPS_MAX),
  };
}

export const getStatus = defineTool({
  name: 'get_status',
  title: 'Health of Tidewatch',
  description:
    'How Tidewatch itself is: its version, whether it is connected to the container engine and since when, what is missing until it is ready, whether history can be stored, what it costs. Ask this when states are "unknown" or "stale", or figures are missing.',
  input: toolInput({}),
  async answer({ client, url }) {
    const [{ version, startedAt, tracker, monitor, collector, store, self }, { status, missing, checks }] =
      await Promise.all([client.stats(), client.ready()]);
    return {
      daemon: { version, startedAt, url, status, missing, checks, ...self },
      engine: tracker.engine,
      tracking: {
        ...{ workspaces: tracker.workspaces, containers: tracker.containers, lastSync: tracker.lastSync },
        ...{ reconnects: tracker.reconnects, gaps: tracker.gaps },
      },
      monitoring: {
        ...{ workspaces: monitor.activeMonitors, readEverySeconds: monitor.collectInterval / 1000 },
        ...{ failures: monitor.failures, thresholdsExceededNow: monitor.raised },
        notReadWell: monitor.notes.slice(0, 10),
        notReadWellLeftOut: Math.max(0, monitor.notes.length - 10),
      },
      history: { writable: store.writable, kind: store.kind, bytes: collector.store.fileBytes, ...lossOf(collector) },
    };
  },
});

function lossOf({
  lost,
  damaged,
  failedWrites,
  lastError,
}: Record<'lost' | 'damaged' | 'failedWrites', number> & { lastError: string | null }) {
  return { lostSamples: lost, damagedPieces: damaged, failedWrites, lastError };
}
