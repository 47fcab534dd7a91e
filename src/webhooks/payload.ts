import type { TidewatchEvent } from '../model/events.ts';
import type { WebhookFormat } from './receiver.ts';

/** What is posted for an event. */
export interface Payload {
  readonly mediaType: string;
  readonly body: string;
}

/** `logId`: of the log that the event is of. */
export function payloadOf(event: TidewatchEvent, format: WebhookFormat, logId: string): Payload {
  if (format === 'json') return { mediaType: 'application/json', body: JSON.stringify(event) };
  return { mediaType: 'application/cloudevents+json; charset=utf-8', body: JSON.stringify(cloudEvent(event, logId)) };
}

/** CloudEvents 1.0.2 with the extension `sequence`; names of extensions are lower case without separators. */
function cloudEvent(event: TidewatchEvent, logId: string): object {
  const { id, seq, type, workspaceId, timestamp, message, data, recovered } = event;
  return {
    specversion: '1.0',
    id,
    source: `/tidewatch/${logId}`,
    type: `tidewatch.${type}`,
    ...(workspaceId !== null && { subject: workspaceId }),
    time: timestamp,
    sequence: String(seq),
    recovered,
    datacontenttype: 'application/json',
    data: { message, ...data },
  };
}
