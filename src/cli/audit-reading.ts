import type { AuditPage, TidewatchClient } from '../client/client.ts';

export type AuditEntry = AuditPage['items'][number];

type AuditReader = Pick<TidewatchClient, 'audit'>;

/** Most the API gives at once. */
const PAGE = 1_000;

export interface AuditRange {
  /** Only entries before this one. */
  readonly before?: number | undefined;
  /** Only entries after this one. */
  readonly after?: number;
  /** At most so many, the newest of them. */
  readonly count: number;
}

/** Entries of the audit log, the oldest first. */
export async function readAudit(
  client: AuditReader,
  { before, after = 0, count }: AuditRange,
): Promise<readonly AuditEntry[]> {
  const found: AuditEntry[] = [];
  let next: number | null | undefined = before;
  do {
    const limit = Math.min(PAGE, count - found.length);
    const page: AuditPage = await client.audit({ limit, ...(next !== undefined && { before: next }) });
    const wanted = page.items.filter(({ seq }) => seq > after);
    found.push(...wanted);
    next = wanted.length < page.items.length ? null : page.nextBefore;
  } while (next !== null && found.length < count);
  return found.reverse();
}
