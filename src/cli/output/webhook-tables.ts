import type { Webhook, WebhookDelivery } from '../../client/client.ts';
import { AGE_WIDTH, formatAge } from './age.ts';
import type { Ink } from './paint.ts';
import { type Cell, type Column, renderTable, type TableOptions } from './table.ts';

interface AtOptions extends TableOptions {
  /** Epoch ms: what ages are counted to. */
  readonly now: number;
}

const STATE_INK: Readonly<Record<Webhook['state'] | WebhookDelivery['state'], Ink>> = {
  idle: 'good',
  sending: 'busy',
  retrying: 'warn',
  delivered: 'good',
  failed: 'bad',
  dropped: 'bad',
};

const WEBHOOK_COLUMNS: readonly Column[] = [
  { header: 'NAME', min: 8 },
  { header: 'STATE' },
  { header: 'WAITING', align: 'right' },
  { header: 'DELIVERED', align: 'right' },
  { header: 'FAILED', align: 'right' },
  { header: 'DROPPED', align: 'right' },
  { header: 'LAST', align: 'right', least: AGE_WIDTH },
  { header: 'LAST ERROR', min: 12 },
  { header: 'TO', min: 12 },
  { header: 'EVENTS', min: 10, max: 60 },
];

/** Webhooks and how each stands. */
export function webhookTable(webhooks: readonly Webhook[], options: AtOptions): string[] {
  const rows = webhooks.map((webhook): readonly Cell[] => {
    const { name, state, backlog, delivered, failed, dropped, lastDeliveredAt, origin, types, lastError } = webhook;
    return [
      { text: name },
      { text: state, ink: STATE_INK[state] },
      { text: String(backlog) },
      { text: String(delivered) },
      { text: String(failed), ...(failed > 0 && { ink: 'bad' }) },
      { text: String(dropped), ...(dropped > 0 && { ink: 'bad' }) },
      { text: formatAge(lastDeliveredAt, options.now) },
      { text: lastError ?? '-' },
      { text: origin },
      { text: types.join(', ') },
    ];
  });
  return renderTable(WEBHOOK_COLUMNS, rows, options);
}

const DELIVERY_COLUMNS: readonly Column[] = [
  { header: 'EVENT', align: 'right' },
  { header: 'STATE' },
  { header: 'TRIED', align: 'right' },
  { header: 'LAST', align: 'right', least: AGE_WIDTH },
  { header: 'STATUS', align: 'right' },
  { header: 'ERROR', min: 12 },
  { header: 'WORKSPACE', min: 8 },
  { header: 'TYPE' },
  { header: 'MS', align: 'right' },
];

/** What became of events at one webhook. */
export function deliveryTable(deliveries: readonly WebhookDelivery[], options: AtOptions): string[] {
  const rows = deliveries.map((delivery): readonly Cell[] => {
    const { seq, state, type, workspaceId, attempts, lastAttemptAt, status, durationMs, error } = delivery;
    return [
      { text: String(seq) },
      { text: state, ink: STATE_INK[state] },
      { text: String(attempts) },
      { text: formatAge(lastAttemptAt, options.now) },
      { text: status === null ? '-' : String(status) },
      { text: error ?? '-' },
      { text: workspaceId ?? '-' },
      { text: type },
      { text: durationMs === null ? '-' : String(Math.round(durationMs)) },
    ];
  });
  return renderTable(DELIVERY_COLUMNS, rows, options);
}
