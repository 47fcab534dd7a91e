import { type Static, Type } from 'typebox';
import { WORKSPACE_ID_INPUT_MAX, WORKSPACE_ID_MAX, WORKSPACE_ID_PATTERN } from '../../model/workspace-id.ts';
import { nullable, STATUSES } from './entity-schemas.ts';

const strict = { additionalProperties: false };

/** What a list may be sorted by; a leading minus turns it round. */
export const SORT_FIELDS = ['name', 'id', 'owner', 'status', 'phase', 'since', 'lastUpdated'] as const;
export type SortField = (typeof SORT_FIELDS)[number];
export type Sort = SortField | `-${SortField}`;

export const PAGE_DEFAULT = 100;
export const PAGE_MAX = 1000;

export const PAGE_LIMIT = Type.Optional(
  Type.Integer({ minimum: 1, maximum: PAGE_MAX, description: `default ${PAGE_DEFAULT}` }),
);

export const NAME_MAX = 256;
export const LABEL_KEY_MAX = 256;
const LABEL_TEXT_MAX = 1024;

/** `key=value`, each as long as it may be. */
export const LABEL_FILTER_MAX = LABEL_KEY_MAX + 1 + LABEL_TEXT_MAX;

export const WorkspaceParams = Type.Object({ id: Type.String({ description: 'the workspace’s id' }) });

/** Narrow a list to workspaces that people named so. */
export const TAG_FILTERS = {
  label: Type.Optional(
    Type.Array(Type.String({ minLength: 1, maxLength: LABEL_FILTER_MAX }), {
      maxItems: 20,
      description: '`key` or `key=value`; all of them must match; repeat the parameter',
    }),
  ),
  owner: Type.Optional(Type.String({ maxLength: NAME_MAX })),
};

export const WorkspaceListQuery = Type.Object(
  {
    status: Type.Optional(
      Type.Array(Type.Enum([...STATUSES]), {
        maxItems: 3,
        description: 'one or several, with commas between; or repeat the parameter',
      }),
    ),
    q: Type.Optional(
      Type.String({ maxLength: 200, description: 'part of the id, name, owner, or of a container’s name or image' }),
    ),
    ...TAG_FILTERS,
    sort: Type.Optional(
      Type.Enum([...SORT_FIELDS, ...SORT_FIELDS.map((field): Sort => `-${field}`)] as Sort[], {
        description: 'default name',
      }),
    ),
    limit: PAGE_LIMIT,
    cursor: Type.Optional(Type.String({ maxLength: 2048, description: 'nextCursor of the page before' })),
  },
  strict,
);
export type WorkspaceListQuery = Static<typeof WorkspaceListQuery>;

/** No control characters: such text is shown in terminals. */
export const ONE_LINE = '^[^\\u0000-\\u001f\\u007f-\\u009f]*$';

const name = Type.String({ minLength: 1, maxLength: NAME_MAX, pattern: ONE_LINE });
const owner = nullable(name);
export const SummaryQuery = Type.Object(
  {
    label: Type.Optional(
      Type.Array(Type.String({ minLength: 1, maxLength: 512 }), {
        maxItems: 20,
        description: 'group by the values of this label; repeat the parameter',
      }),
    ),
  },
  strict,
);

const labels = Type.Unsafe<Record<string, string>>({
  type: 'object',
  maxProperties: 64,
  propertyNames: { minLength: 1, maxLength: LABEL_KEY_MAX, pattern: ONE_LINE },
  additionalProperties: { type: 'string', maxLength: LABEL_TEXT_MAX, pattern: ONE_LINE },
});

export const WorkspaceRegistrationBody = Type.Object(
  {
    id: Type.String({
      pattern: WORKSPACE_ID_PATTERN,
      maxLength: WORKSPACE_ID_INPUT_MAX,
      description: `at most ${WORKSPACE_ID_MAX} letters, digits and \`._:@-\` of any script; kept in Unicode’s form NFC`,
    }),
    name: Type.Optional(name),
    owner: Type.Optional(owner),
    labels: Type.Optional(labels),
  },
  { ...strict, examples: [{ id: 'shop', name: 'Shop', owner: 'ann', labels: { team: 'web' } }] },
);
export type WorkspaceRegistrationBody = Static<typeof WorkspaceRegistrationBody>;

export const WorkspacePatchBody = Type.Object(
  {
    name: Type.Optional(name),
    owner: Type.Optional(owner),
    labels: Type.Optional(labels),
    status: Type.Optional(
      Type.Enum(['archived', 'inactive'], { description: 'archived sets it aside; inactive takes it back' }),
    ),
  },
  { ...strict, minProperties: 1, examples: [{ status: 'archived' }] },
);
export type WorkspacePatchBody = Static<typeof WorkspacePatchBody>;

const after = Type.Optional(
  Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER, description: 'only events after this sequence number' }),
);
const types = Type.Optional(
  Type.String({ maxLength: 500, description: 'event types, with commas between; all unless given' }),
);

export const WorkspaceEventsQuery = Type.Object({ after, types, limit: PAGE_LIMIT }, strict);
export type WorkspaceEventsQuery = Static<typeof WorkspaceEventsQuery>;

const workspace = Type.Optional(
  Type.String({ maxLength: WORKSPACE_ID_INPUT_MAX, description: 'only events of this workspace' }),
);

export const EventsQuery = Type.Object({ after, types, workspace, limit: PAGE_LIMIT }, strict);
export type EventsQuery = Static<typeof EventsQuery>;

export const EventStreamQuery = Type.Object(
  {
    after,
    types: Type.Optional(
      Type.String({
        maxLength: 500,
        description: 'event types, with commas between; all unless given; `none` with `metrics=true`: figures alone',
      }),
    ),
    workspace: Type.Optional(
      Type.String({ maxLength: WORKSPACE_ID_INPUT_MAX, description: 'only events, and figures, of this workspace' }),
    ),
    metrics: Type.Optional(
      Type.Boolean({ description: 'also what workspaces use, each second; they are read so often meanwhile' }),
    ),
  },
  strict,
);
export type EventStreamQuery = Static<typeof EventStreamQuery>;
