import type { AuditEntry } from '../audit-reading.ts';
import type { Paint } from './paint.ts';
import { safeText } from './safe-text.ts';
import { pad, truncate } from './width.ts';

const SEQ_WIDTH = 6;

/** Columns of `replayWebhookDelivery`, the longest action. */
const ACTION_WIDTH = 21;

/** Columns of `forbidden`; codes that are longer move what stands behind them. */
const OUTCOME_WIDTH = 9;

/** Columns of `255.255.255.255`. */
const ADDRESS_WIDTH = 15;

/** A body may have 2,000 characters: so many tell what it is about, and JSON has them all. */
const BODY_COLUMNS = 200;

/** An entry of the audit log as one line: when, number, how it went, what, from where, who, path and what was sent. */
export function auditLine(
  { at, seq, outcome, action, address, tokenName, path, body }: AuditEntry,
  paint: Paint,
): string {
  const parts = [
    paint('quiet', safeText(at)),
    pad(String(seq), SEQ_WIDTH, 'right'),
    paint(outcome === 'done' ? 'good' : 'bad', pad(safeText(outcome), OUTCOME_WIDTH)),
    paint('strong', pad(safeText(action), ACTION_WIDTH)),
    pad(safeText(address), ADDRESS_WIDTH),
    safeText(tokenName),
    safeText(path),
    ...(body === null ? [] : [paint('quiet', truncate(safeText(body), BODY_COLUMNS))]),
  ];
  return parts.join('  ');
}
