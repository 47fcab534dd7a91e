/** Gives one value; `null` where it is not known. One text for each of the family's labels. */
export type Tell = (value: number | null, ...labelValues: string[]) => void;

/** One metric as other systems get it: its name, what it means, and how it is read of a subject. */
export interface Family<T> {
  /** In base units, without the `_total` of a counter and the `_info` of an info: see {@link sampleNameOf}. */
  readonly name: string;
  /** `info`: always 1, the labels tell. */
  readonly type: 'gauge' | 'counter' | 'info';
  /** As the name ends. */
  readonly unit?: 'seconds' | 'bytes' | 'ratio';
  readonly help: string;
  /** Beside those of the subject itself. */
  readonly labels?: readonly string[];
  read(subject: T, tell: Tell): void;
}

/** The name that queries use. */
export function sampleNameOf({ name, type }: Family<never>): string {
  return type === 'counter' ? `${name}_total` : type === 'info' ? `${name}_info` : name;
}

type Value<T> = (subject: T) => number | null;

/** A gauge without labels of its own. */
export function gauge<T>(name: string, help: string, value: Value<T>): Family<T> {
  return { name, type: 'gauge', help, ...unitOf(name), read: (subject, tell) => tell(value(subject)) };
}

/** A counter without labels of its own; the name without `_total`. */
export function counter<T>(name: string, help: string, value: Value<T>): Family<T> {
  return { name, type: 'counter', help, ...unitOf(name), read: (subject, tell) => tell(value(subject)) };
}

function unitOf(name: string): Pick<Family<never>, 'unit'> {
  const unit = (['seconds', 'bytes', 'ratio'] as const).find((one) => name.endsWith(`_${one}`));
  return unit === undefined ? {} : { unit };
}
