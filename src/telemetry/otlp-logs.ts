import type { EventType, TidewatchEvent } from '../model/events.ts';
import { fromIso } from '../runtime/iso.ts';
import { type AnyValue, type Attribute, anyValueOf, attribute, nanos } from './otlp-values.ts';

/** A log record as OTLP/JSON has it. */
export interface OtlpLogRecord {
  readonly timeUnixNano: string;
  readonly observedTimeUnixNano: string;
  readonly severityNumber: number;
  readonly severityText: string;
  readonly body: AnyValue;
  readonly attributes: readonly Attribute[];
}

/** SEVERITY_NUMBER_INFO, _WARN and _ERROR. */
const INFO = { severityNumber: 9, severityText: 'INFO' };
const SEVERITIES: Partial<Record<EventType, typeof INFO>> = {
  threshold_exceeded: { severityNumber: 13, severityText: 'WARN' },
  gap: { severityNumber: 13, severityText: 'WARN' },
  error: { severityNumber: 17, severityText: 'ERROR' },
};

/** An event as a log record: its message is the body, all else are attributes. `now`: epoch ms. */
export function logRecordOf(event: TidewatchEvent, now: number): OtlpLogRecord {
  const { id, seq, type, workspaceId, timestamp, message, data, recovered } = event;
  const fields = anyValueOf(data);
  return {
    timeUnixNano: nanos(fromIso(timestamp) ?? now),
    observedTimeUnixNano: nanos(now),
    ...(SEVERITIES[type] ?? INFO),
    body: { stringValue: message },
    attributes: [
      attribute('event.name', `tidewatch.${type}`),
      ...(workspaceId === null ? [] : [attribute('workspace', workspaceId)]),
      attribute('tidewatch.event.id', id),
      attribute('tidewatch.event.seq', seq),
      attribute('tidewatch.event.recovered', recovered),
      ...(fields === null ? [] : [{ key: 'tidewatch.event.data', value: fields }]),
    ],
  };
}
