import type { AuditEntry, AuditLog } from '../../access/audit-log.ts';
import { toIso } from '../../runtime/iso.ts';
import type { AuditEntryJson } from '../contract/access-schemas.ts';
import { PAGE_DEFAULT } from '../contract/input-schemas.ts';
import type { Handlers } from '../register-routes.ts';

/** Who changed what. */
export function auditHandlers(audit: AuditLog): Pick<Handlers, 'listAudit'> {
  return {
    listAudit: ({ query: { before = Number.MAX_SAFE_INTEGER, limit = PAGE_DEFAULT } }) => {
      const entries = audit.read({ before, limit });
      const last = entries.length === limit ? entries.at(-1) : undefined;
      return { items: entries.map(entryJson), nextBefore: last === undefined || last.seq <= 1 ? null : last.seq };
    },
  };
}

function entryJson({ at, ...entry }: AuditEntry): AuditEntryJson {
  return { at: toIso(at), ...entry };
}
