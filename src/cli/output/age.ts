import { formatSpan } from '../../runtime/duration.ts';
import { fromIso } from '../../runtime/iso.ts';

/** Columns that ages take: `23h59m`. */
export const AGE_WIDTH = 6;

/** How long ago an instant was; `-` when it is not known. */
export function formatAge(iso: string | null, now: number): string {
  const at = iso === null ? null : fromIso(iso);
  return at === null ? '-' : formatSpan(now - at);
}
