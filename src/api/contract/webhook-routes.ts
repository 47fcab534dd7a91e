import { API_BASE, type RouteSpec } from './route-spec.ts';
import {
  DeliveryListSchema,
  DeliveryParams,
  DeliverySchema,
  WebhookListSchema,
  WebhookParams,
} from './webhook-schemas.ts';

/** Routes that tell what became of events that are posted to others. */
export const WEBHOOK_ROUTES = {
  listWebhooks: {
    method: 'GET',
    path: `${API_BASE}/webhooks`,
    summary: 'Webhooks of the configuration, and how each stands',
    access: 'operator',
    unlimited: true,
    answer: { status: 200, schema: WebhookListSchema, description: 'all of them' },
  },
  listWebhookDeliveries: {
    method: 'GET',
    path: `${API_BASE}/webhooks/{name}/deliveries`,
    summary: 'What became of the last 500 events of a webhook since the start, the newest first',
    params: WebhookParams,
    access: 'operator',
    unlimited: true,
    answer: { status: 200, schema: DeliveryListSchema, description: 'one for each event' },
    errors: ['webhook_not_found'],
  },
  replayWebhookDelivery: {
    method: 'POST',
    path: `${API_BASE}/webhooks/{name}/deliveries/{seq}/replay`,
    summary:
      'Send an event of the log once more, at once and once, with its id of before; also one that was never sent',
    params: DeliveryParams,
    access: 'operator',
    unlimited: true,
    answer: { status: 200, schema: DeliverySchema, description: 'what came of it, delivered or not' },
    errors: ['webhook_not_found', 'event_not_found'],
  },
} as const satisfies Record<string, RouteSpec>;
