import { BoundedQueue } from '../runtime/bounded-queue.ts';
import type { AuditEntry, AuditLog } from './audit-log.ts';

/** Less than a store keeps: it is memory. */
const KEPT = 10_000;

/** An audit log that ends with the process. */
export function memoryAuditLog(): AuditLog {
  const entries = new BoundedQueue<AuditEntry>(KEPT);
  let seq = 0;
  return {
    append(record) {
      seq += 1;
      entries.push({ seq, ...record });
    },
    read({ before, limit }) {
      const found: AuditEntry[] = [];
      for (let index = entries.size - 1; index >= 0 && found.length < limit; index -= 1) {
        const entry = entries.at(index);
        if (entry !== undefined && entry.seq < before) found.push(entry);
      }
      return found;
    },
  };
}
