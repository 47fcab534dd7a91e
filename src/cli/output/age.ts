import { fromIso } from '../../runtime/iso.ts';

/** A span in two units at most: `8s`, `5m`, `3h12m`, `4d6h`. Negative spans (clocks differ) are `0s`. */
export function formatSpan(spanMs: number): string {
  const seconds = Math.max(0, Math.floor(spanMs / 1000));
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  const days = Math.floor(hours / 24);
  if (minutes < 1) return `${seconds}s`;
  if (minutes < 10) return joined([minutes, 'm'], [seconds % 60, 's']);
  if (hours < 1) return `${minutes}m`;
  if (days < 1) return joined([hours, 'h'], [minutes % 60, 'm']);
  return joined([days, 'd'], [hours % 24, 'h']);
}

/** Columns that ages take: `23h59m`. */
export const AGE_WIDTH = 6;

/** How long ago an instant was; `-` when it is not known. */
export function formatAge(iso: string | null, now: number): string {
  const at = iso === null ? null : fromIso(iso);
  return at === null ? '-' : formatSpan(now - at);
}

function joined([large, largeUnit]: readonly [number, string], [small, smallUnit]: readonly [number, string]): string {
  return small === 0 ? `${large}${largeUnit}` : `${large}${largeUnit}${small}${smallUnit}`;
}
