import type { EventType, TidewatchEvent } from '../../model/events.ts';
import type { Ink, Paint } from './paint.ts';
import { safeText } from './safe-text.ts';
import { pad } from './width.ts';

const TYPE_INK: Readonly<Record<EventType, Ink>> = {
  status_changed: 'strong',
  container_update: 'busy',
  error: 'bad',
  recovery: 'good',
  metrics_update: 'quiet',
  threshold_exceeded: 'warn',
  threshold_cleared: 'good',
  sync_start: 'quiet',
  sync_complete: 'quiet',
  workspace_removed: 'warn',
  gap: 'warn',
};

/** Columns of `threshold_exceeded`, the longest type. */
const TYPE_WIDTH = 18;
const SEQ_WIDTH = 6;

/** An event as one line: when, number, type, workspace, message. */
export function eventLine(event: TidewatchEvent, paint: Paint): string {
  const { seq, type, workspaceId, timestamp, message, recovered } = event;
  const late = recovered ? ' (found by a sync)' : '';
  return [
    paint('quiet', safeText(timestamp)),
    pad(String(seq), SEQ_WIDTH, 'right'),
    paint(TYPE_INK[type] ?? 'quiet', pad(safeText(type), TYPE_WIDTH)),
    safeText(workspaceId ?? '-'),
    safeText(message) + late,
  ].join('  ');
}
