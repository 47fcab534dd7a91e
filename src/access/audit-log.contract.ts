import { describe, expect, test } from 'vitest';
import type { AuditLog, AuditRecord } from './audit-log.ts';

/** A change, with what a test wants to be different. */
export function auditRecord(fields: Partial<AuditRecord> = {}): AuditRecord {
  return {
    at: 1_000,
    tokenId: 'admin',
    tokenName: 'admin',
    action: 'updateWorkspace',
    path: '/api/v1/workspaces/shop',
    body: '{"name":"Shop “\\u0000”"}',
    address: '127.0.0.1',
    outcome: 'done',
    requestId: 'r1',
    ...fields,
  };
}

/** What every audit log does. */
export function describeAuditLog(name: string, open: () => AuditLog): void {
  describe(name, () => {
    test('begins empty', () => {
      expect(open().read({ before: Number.MAX_SAFE_INTEGER, limit: 10 })).toEqual([]);
    });

    test('gives what was written down, the newest first, in pages', () => {
      const log = open();
      for (let at = 1; at <= 5; at += 1) log.append(auditRecord({ at, body: at % 2 === 0 ? null : '{}' }));
      const pages = [];
      for (let before = Number.MAX_SAFE_INTEGER; ; ) {
        const page = log.read({ before, limit: 2 });
        if (page.length === 0) break;
        pages.push(page.map(({ seq, at }) => [seq, at]));
        before = page.at(-1)?.seq ?? 0;
      }
      expect(pages).toEqual([
        [
          [5, 5],
          [4, 4],
        ],
        [
          [3, 3],
          [2, 2],
        ],
        [[1, 1]],
      ]);
      expect(log.read({ before: 2, limit: 1 })).toEqual([{ seq: 1, ...auditRecord({ at: 1, body: '{}' }) }]);
    });
  });
}
