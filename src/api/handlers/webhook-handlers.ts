import { toIsoOrNull } from '../../runtime/iso.ts';
import type { DeliveryJson, WebhookJson } from '../contract/webhook-schemas.ts';
import type { DeliveryView, WebhooksPort, WebhookView } from '../ports.ts';
import type { Handlers } from '../register-routes.ts';

/** Routes that tell what became of events that are posted to others. */
export function webhookHandlers(
  webhooks: WebhooksPort,
): Pick<Handlers, 'listWebhooks' | 'listWebhookDeliveries' | 'replayWebhookDelivery'> {
  return {
    listWebhooks: () => ({ items: webhooks.list().map(webhookJson) }),
    listWebhookDeliveries: ({ params }) => ({ items: webhooks.deliveries(params.name).map(deliveryJson) }),
    replayWebhookDelivery: async ({ params }) => deliveryJson(await webhooks.replay(params.name, params.seq)),
  };
}

function webhookJson(webhook: WebhookView): WebhookJson {
  const { types, workspaces, labels, lastDeliveredAt, retryAt, ...rest } = webhook;
  return {
    ...rest,
    types: [...types],
    workspaces: [...workspaces],
    labels: [...labels],
    lastDeliveredAt: toIsoOrNull(lastDeliveredAt),
    retryAt: toIsoOrNull(retryAt),
  };
}

function deliveryJson({ firstAttemptAt, lastAttemptAt, ...rest }: DeliveryView): DeliveryJson {
  return { ...rest, firstAttemptAt: toIsoOrNull(firstAttemptAt), lastAttemptAt: toIsoOrNull(lastAttemptAt) };
}
