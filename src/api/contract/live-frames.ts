import { type Static, type TObject, type TSchema, Type } from 'typebox';
import { ERRORS, type ErrorCode } from '../../model/errors.ts';
import { EVENT_TYPES } from '../../model/events.ts';
import { WORKSPACE_ID_INPUT_MAX } from '../../model/workspace-id.ts';
import { nullable, WorkspaceSchema } from './entity-schemas.ts';
import { EventSchema, GapSchema } from './event-schemas.ts';
import { metricsFrameFields } from './usage-schemas.ts';

/** A message from a client is at most so long, bytes. */
export const LIVE_MESSAGE_MAX = 16 * 1024;

const SubscribeFrame = Type.Object(
  {
    type: Type.Literal('subscribe'),
    events: Type.Optional(
      Type.Array(Type.Enum(['*', ...EVENT_TYPES]), {
        maxItems: 50,
        description: 'event types; `["*"]`, which is the default: all; `[]`: none',
      }),
    ),
    metrics: Type.Optional(
      Type.Boolean({ description: 'also what workspaces use, each second; they are read so often meanwhile' }),
    ),
    workspaces: Type.Optional(
      Type.Array(Type.String({ minLength: 1, maxLength: WORKSPACE_ID_INPUT_MAX }), {
        maxItems: 1000,
        description: 'ids; `["*"]`, which is the default: all. They need not exist yet',
      }),
    ),
    after: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: Number.MAX_SAFE_INTEGER,
        description:
          'first the events after this sequence number. Without it they begin now, or, in a later subscription, where the one before had come to',
      }),
    ),
  },
  {
    additionalProperties: false,
    examples: [{ type: 'subscribe', events: ['*'], metrics: true, workspaces: ['*'] }],
    description: 'Begins, or changes what is sent from now on. The answer is a snapshot.',
  },
);
export type SubscribeFrame = Static<typeof SubscribeFrame>;

/** What a client may send, by type. */
export const CLIENT_FRAMES = {
  subscribe: SubscribeFrame,
  ping: Type.Object({ type: Type.Literal('ping') }, { description: 'Is answered with pong.' }),
  pong: Type.Object({ type: Type.Literal('pong') }, { description: 'The answer to a ping; not needed.' }),
} as const satisfies Record<string, TObject>;

/** What a client sends over `GET /live`. */
export type ClientFrame = {
  [T in keyof typeof CLIENT_FRAMES]: Static<(typeof CLIENT_FRAMES)[T]>;
}[keyof typeof CLIENT_FRAMES];

/** Why a client gets a new snapshot that it did not ask for. */
export const RESYNC_REASONS = ['too_slow', 'cursor_too_old', 'cursor_unknown'] as const;

const seq = Type.Integer({ minimum: 0, description: 'the events after this sequence number follow' });

/** What the server sends, by type. */
export const SERVER_FRAMES = {
  snapshot: Type.Object(
    { type: Type.Literal('snapshot'), seq, workspaces: Type.Array(WorkspaceSchema) },
    { description: 'All workspaces that were asked for, as they are now.' },
  ),
  event: Type.Object(
    { type: Type.Literal('event'), event: EventSchema },
    { description: 'An event of the log; each exactly once, in order.' },
  ),
  state: Type.Object(
    { type: Type.Literal('state'), workspace: WorkspaceSchema },
    { description: 'A workspace whose state is another one now, or a new one. Figures alone are no change.' },
  ),
  removed: Type.Object(
    { type: Type.Literal('removed'), workspaceId: Type.String() },
    { description: 'There is no such workspace any more.' },
  ),
  metrics: Type.Object(
    { type: Type.Literal('metrics'), ...metricsFrameFields },
    { description: 'What workspaces use, at most once a second.' },
  ),
  resync: Type.Object(
    {
      type: Type.Literal('resync'),
      reason: Type.Enum([...RESYNC_REASONS], {
        description:
          'too_slow: states and figures in between were not sent, events were and will be. cursor_too_old: events of `gap` were deleted. cursor_unknown: `after` is of another log',
      }),
      gap: nullable(GapSchema),
    },
    { description: 'Something is not sent. A new snapshot follows at once.' },
  ),
  ping: Type.Object(
    { type: Type.Literal('ping'), seq: Type.Optional(seq) },
    {
      description:
        'Every 15 s. `seq` is the place to resume from, also where a filter kept all events back; limited tokens are not told, as it would tell of events of others.',
    },
  ),
  pong: Type.Object({ type: Type.Literal('pong') }, { description: 'The answer to a ping.' }),
  error: Type.Object(
    { type: Type.Literal('error'), code: Type.Enum(Object.keys(ERRORS) as ErrorCode[]), detail: Type.String() },
    { description: 'What the client sent was not understood and changed nothing.' },
  ),
} as const satisfies Record<string, TObject>;

/** What `GET /events/stream` sends, by the name of the event: what `data` of each holds. `message` goes without its name. */
export const STREAM_EVENTS = {
  message: EventSchema,
  metrics: Type.Object(metricsFrameFields, { description: 'What workspaces use; without `id`.' }),
  gap: GapSchema,
} as const satisfies Record<string, TSchema>;

/** What the server sends over `GET /live`. */
export type ServerFrame = {
  [T in keyof typeof SERVER_FRAMES]: Static<(typeof SERVER_FRAMES)[T]>;
}[keyof typeof SERVER_FRAMES];
