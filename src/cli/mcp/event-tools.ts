import { Type } from 'typebox';
import { readInstant } from '../../metrics/query/instant.ts';
import { EVENT_TYPES, type EventType } from '../../model/events.ts';
import { fromIso } from '../../runtime/iso.ts';
import { workspaceId } from '../commands/events.ts';
import { readNewest } from '../event-reading.ts';
import { defineTool, instantArgument, limitArgument, oneOf, toolInput, workspaceArgument } from './tool.ts';

const EVENTS_DEFAULT = 25;
const EVENTS_MAX = 200;

/** What tells why something happened; the rest is told when it is asked for. */
const TELLING: readonly EventType[] = EVENT_TYPES.filter(
  (type) => !['metrics_update', 'sync_start', 'sync_complete'].includes(type),
);

export const listEvents = defineTool({
  name: 'list_events',
  title: 'What happened',
  description:
    'What happened, newest first: why a workspace stopped, crashed or ran out of memory, when it was started, which thresholds it exceeded, when the engine was away ("gap": something may have been missed then). Give the workspace to see its own events. "recovered" events were found by a comparison after the fact; their time is the one the engine reports.',
  input: toolInput({
    workspace: Type.Optional(workspaceArgument),
    since: instantArgument('Only what happened since then.'),
    types: Type.Optional(
      Type.Array(oneOf(EVENT_TYPES), {
        minItems: 1,
        maxItems: EVENT_TYPES.length,
        description: `Only these; ${TELLING.join(', ')} unless given.`,
      }),
    ),
    limit: limitArgument(EVENTS_DEFAULT, EVENTS_MAX),
  }),
  async answer({ client, url, clock }, { workspace, since, types = TELLING, limit = EVENTS_DEFAULT }) {
    const from = since === undefined ? 0 : readInstant(since, 'since', clock.now());
    const id = workspace === undefined ? undefined : await workspaceId(client, url, workspace);
    const query = { types, count: limit, ...(id !== undefined && { workspace: id }) };
    const { items } = await readNewest(client, query, (await client.stats()).store);
    const found = items.filter(({ timestamp }) => (fromIso(timestamp) ?? 0) >= from).toReversed();
    return {
      workspaceId: id ?? null,
      events: found.map(({ seq, type, timestamp, message, data, recovered, ...event }) => ({
        ...{ seq, timestamp, type, ...(id === undefined && { workspaceId: event.workspaceId }) },
        ...{ message, data, recovered },
      })),
    };
  },
});
