import { type Static, Type } from 'typebox';
import { EVENT_TYPES, type EventType } from '../../model/events.ts';
import { Instant, nullable } from './entity-schemas.ts';

export const WebhookParams = Type.Object({ name: Type.String({ description: 'as in the configuration' }) });

export const DeliveryParams = Type.Object({
  name: Type.String({ description: 'as in the configuration' }),
  seq: Type.Integer({ minimum: 1, description: 'sequence number of the event' }),
});

const EventTypeSchema = Type.Enum([...EVENT_TYPES] as EventType[]);

export const WebhookSchema = Type.Object(
  {
    name: Type.String(),
    origin: Type.String({ description: 'scheme, host and port; the rest of the address may be a secret' }),
    types: Type.Array(EventTypeSchema),
    workspaces: Type.Array(Type.String(), { description: 'empty: all' }),
    labels: Type.Array(Type.String(), { description: 'empty: all' }),
    format: Type.Enum(['json', 'cloudevents']),
    state: Type.Enum(['idle', 'sending', 'retrying']),
    lastSeq: Type.Integer({ description: 'newest event that is done with' }),
    backlog: Type.Integer({ description: 'events after it, wanted or not' }),
    delivered: Type.Integer({ description: 'since the start, as all counts' }),
    failedAttempts: Type.Integer(),
    failed: Type.Integer({ description: 'events given up' }),
    dropped: Type.Integer({ description: 'events left out because it was too far behind' }),
    lastDeliveredAt: nullable(Instant),
    retryAt: nullable(Instant),
    lastError: nullable(Type.String()),
  },
  { $id: 'Webhook' },
);
export type WebhookJson = Static<typeof WebhookSchema>;

export const WebhookListSchema = Type.Object({ items: Type.Array(WebhookSchema) }, { $id: 'WebhookList' });

export const DeliverySchema = Type.Object(
  {
    seq: Type.Integer({ description: 'of the event' }),
    eventId: Type.String({ description: 'of the event: `webhook-id` of every attempt' }),
    type: EventTypeSchema,
    workspaceId: nullable(Type.String()),
    state: Type.Enum(['sending', 'delivered', 'retrying', 'failed', 'dropped']),
    attempts: Type.Integer(),
    replays: Type.Integer({ description: 'of these, those that somebody asked for' }),
    firstAttemptAt: nullable(Instant),
    lastAttemptAt: nullable(Instant),
    status: nullable(Type.Integer({ description: 'of the last answer' })),
    error: nullable(Type.String()),
    durationMs: nullable(Type.Number({ description: 'of the last attempt' })),
  },
  { $id: 'Delivery' },
);
export type DeliveryJson = Static<typeof DeliverySchema>;

export const DeliveryListSchema = Type.Object({ items: Type.Array(DeliverySchema) }, { $id: 'DeliveryList' });
