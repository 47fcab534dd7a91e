import { detach } from '../../runtime/detached-text.ts';

/** Readers of parsed JSON from outside: they give the wanted kind or `null`, and never throw. */

export function asObject(value: unknown): Record<string, unknown> | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : null;
}

export function asArray(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** Text cut to `maxLength` UTF-16 units. */
export function asText(value: unknown, maxLength: number): string | null {
  if (typeof value !== 'string') return null;
  return value.length <= maxLength ? value : detach(value.slice(0, maxLength));
}

export function asInteger(value: unknown): number | null {
  return typeof value === 'number' && Number.isSafeInteger(value) ? value : null;
}
