/** Labels of a container or a workspace: text by key, without anything inherited, whatever the keys are. */
export type Labels = Readonly<Record<string, string>>;

// An object without a prototype keeps its fields in a hash table, several times the size of what it holds. One whose
// prototype has nothing to inherit is laid out like any other object, and those with the same keys share their layout.
const NewLabels = function NewLabels() {} as unknown as new () => Record<string, string>;
NewLabels.prototype = Object.freeze(Object.create(null));

/** No labels yet; safe for keys like `__proto__` and `constructor`. */
export function createLabels(): Record<string, string> {
  return new NewLabels();
}

/** For all that have none. */
export const NO_LABELS: Labels = Object.freeze(createLabels());

/** Longest value shown with a workspace, in UTF-16 units; a registered one is kept whole. */
export const LABEL_VALUE_MAX = 256;

/** The value as it is shown with a workspace: where it is too long, its beginning and an ellipsis. */
export function shownLabelValue(value: string): string {
  return value.length <= LABEL_VALUE_MAX ? value : `${wholeCharacters(value, LABEL_VALUE_MAX - 1)}…`;
}

/** The beginning of a text, at most so many UTF-16 units, without half a character at its end. */
export function wholeCharacters(text: string, max: number): string {
  return text.length <= max ? text : text.slice(0, max).replace(/[\uD800-\uDBFF]$/, '');
}

/** A label's value; `undefined` where there is none, also for names that every object inherits something under. */
export function ownLabel(labels: Labels, name: string): string | undefined {
  return Object.hasOwn(labels, name) ? labels[name] : undefined;
}
