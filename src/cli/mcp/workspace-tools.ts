import { Type } from 'typebox';
import { STATUSES } from '../../api/contract/entity-schemas.ts';
import { SORT_FIELDS, type Sort } from '../../api/contract/input-schemas.ts';
import { findWorkspace } from '../commands/show.ts';
import type { Workspace } from '../workspace.ts';
import { daemonSource } from '../workspace-source.ts';
import {
  defineTool,
  limitArgument,
  oneOf,
  type ToolDaemon,
  tagArguments,
  toolInput,
  workspaceArgument,
} from './tool.ts';

const LIST_DEFAULT = 25;
const LIST_MAX = 200;

/** Of one workspace: more is never read and costs a model its attention. */
const MOST = { containers: 50, labels: 40, evidence: 8, exceeded: 20 } as const;

export const listWorkspaces = defineTool({
  name: 'list_workspaces',
  title: 'List workspaces',
  description:
    'What is there and in which state: workspaces (a workspace is a group of containers, as a Compose project or a dev container) with their status, phase, the reason for it, since when, and what they use now. Start here to find a workspace. "total" counts all that match; narrow with the filters instead of reading all pages.',
  input: toolInput({
    status: Type.Optional(
      Type.Array(oneOf(STATUSES), {
        minItems: 1,
        maxItems: STATUSES.length,
        description: 'active: something of it runs. inactive: nothing runs. archived: set aside by a person.',
      }),
    ),
    search: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 200,
        description: 'Part of the id, name, owner, or of a container’s name or image.',
      }),
    ),
    ...tagArguments,
    sort: Type.Optional(
      oneOf([...SORT_FIELDS, ...SORT_FIELDS.map((field): Sort => `-${field}`)] as Sort[], {
        description: '"name" unless given; with a minus the other way round, as "-since": changed last first.',
      }),
    ),
    limit: limitArgument(LIST_DEFAULT, LIST_MAX),
    cursor: Type.Optional(
      Type.String({ maxLength: 2048, description: 'nextCursor of the answer before, for the next page.' }),
    ),
  }),
  async answer({ client }, { search, limit = LIST_DEFAULT, ...filter }) {
    const { items, total, nextCursor } = await client.workspaces.list({
      ...filter,
      limit,
      ...(search !== undefined && { q: search }),
    });
    return { total, nextCursor, workspaces: items.map(rowOf) };
  },
});

function rowOf({ id, name, owner, status, phase, reason, since, freshness, containers, ...rest }: Workspace) {
  const running = containers.filter(({ state }) => state === 'running').length;
  return {
    ...{ id, name, owner, status, phase, reason: reason.message, since, freshness: freshness.state },
    containers: { running, all: containers.length },
    cpuPercent: rest.metrics?.cpuPercent ?? null,
    memoryBytes: rest.metrics?.memoryUsage ?? null,
    exceededThresholds: [...new Set(rest.exceeded?.map(({ metric }) => metric))],
  };
}

export const getWorkspace = defineTool({
  name: 'get_workspace',
  title: 'Show one workspace',
  description:
    'All that is known of one workspace now: status and phase with the reason and since when, the evidence for it, its containers (state, exit code, ended for lack of memory, restarts), what it uses, which thresholds it exceeds. Answers "is it running", "why is it not", "why is it unhealthy". For what happened before, use list_events.',
  input: toolInput({ workspace: workspaceArgument }),
  async answer(daemon, { workspace }) {
    const { containers, labels, evidence, exceeded = [], metrics, ...rest } = await workspaceOf(daemon, workspace);
    return {
      ...rest,
      metrics: metrics && { units: METRICS_UNITS, ...metrics },
      containers: containers.slice(0, MOST.containers),
      labels: Object.fromEntries(Object.entries(labels).slice(0, MOST.labels)),
      labelsLeftOut: Math.max(0, Object.keys(labels).length - MOST.labels),
      containersLeftOut: Math.max(0, containers.length - MOST.containers),
      evidence: evidence.slice(-MOST.evidence),
      exceeded: exceeded.slice(0, MOST.exceeded),
    };
  },
});

const METRICS_UNITS =
  'cpuPercent: percent of one core; memory: bytes; …MB: 10^6 bytes since the start of the containers; …Rate: bytes/s; uptime: seconds';

/** The one that is meant. Throws `workspace_not_found`, and `usage` when several fit. */
export function workspaceOf({ client, url }: ToolDaemon, wanted: string): Promise<Workspace> {
  return findWorkspace(daemonSource(client, url), wanted);
}
