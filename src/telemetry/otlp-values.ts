/** A value as OTLP/JSON has it (`AnyValue`). */
export type AnyValue =
  | { readonly stringValue: string }
  | { readonly boolValue: boolean }
  | { readonly intValue: string }
  | { readonly doubleValue: number }
  | { readonly arrayValue: { readonly values: readonly AnyValue[] } }
  | { readonly kvlistValue: { readonly values: readonly Attribute[] } };

/** A name with its value (`KeyValue`). */
export interface Attribute {
  readonly key: string;
  readonly value: AnyValue;
}

export function attribute(key: string, value: unknown): Attribute {
  return { key, value: anyValueOf(value) ?? { stringValue: '' } };
}

/** Plain data as a value; fields that are `null` are left out, as OTLP has no `null`. */
export function anyValueOf(value: unknown): AnyValue | null {
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) return { stringValue: String(value) };
    return Number.isSafeInteger(value) ? { intValue: String(value) } : { doubleValue: value };
  }
  if (Array.isArray(value)) return { arrayValue: { values: value.map(anyValueOf).filter((one) => one !== null) } };
  if (typeof value !== 'object' || value === null) return null;
  const values = Object.entries(value).flatMap(([key, field]) => {
    const known = anyValueOf(field);
    return known === null ? [] : [{ key, value: known }];
  });
  return { kvlistValue: { values } };
}

/** Epoch ms → nanoseconds as text: JSON numbers are not exact so far up. */
export function nanos(at: number): string {
  return `${Math.round(at)}000000`;
}
