import { optional, type ValueKind } from './value-kinds.ts';

/** One configuration key. */
export interface ConfigKeySpec<T> {
  readonly kind: ValueKind<T>;
  /** `undefined`: computed from the surroundings, as {@link ConfigKeySpec.fallbackText} says. */
  readonly fallback: T | undefined;
  /** The default as the reference shows it. */
  readonly fallbackText: string;
  readonly comment: string;
  /** Takes effect on a reload; the others need a restart. */
  readonly reloads: boolean;
}

interface KeyTexts {
  readonly comment: string;
  /** The default as the reference shows it, where that is not how it is stored. */
  readonly shown: string;
}

interface KeyOptions<T> extends Partial<KeyTexts> {
  readonly fallback: T;
  readonly comment: string;
  readonly reloads?: boolean;
}

/** Its default is the same everywhere. */
export function key<T>(kind: ValueKind<T>, options: KeyOptions<NoInfer<T>>): ConfigKeySpec<T> {
  const { fallback, comment, shown = String(fallback), reloads = false } = options;
  return { kind, fallback, fallbackText: shown, comment, reloads };
}

/** Not set unless somebody sets it. */
export function optionalKey<T>(kind: ValueKind<T>, { shown, comment }: KeyTexts): ConfigKeySpec<T | null> {
  return { kind: optional(kind), fallback: null, fallbackText: shown, comment, reloads: false };
}

/** The default depends on the machine. */
export function computedKey<T>(kind: ValueKind<T>, { shown, comment }: KeyTexts): ConfigKeySpec<T> {
  return { kind, fallback: undefined, fallbackText: shown, comment, reloads: false };
}
