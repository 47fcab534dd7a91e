import { createLabels, type Labels, NO_LABELS } from '../../model/labels.ts';
import { asObject, asText } from './json-value.ts';

/** More than this is no description of a workspace. */
const LABELS_MOST = 1_024;
const KEY_MOST = 1_024;
const VALUE_MOST = 64 * 1_024;

/** Text of images, keys and the like comes again with each container: one copy of each is kept, the table itself small. */
const INTERNED_MOST = 4_096;
const interned = new Map<string, string>();

/** The same text, one copy for all. */
export function intern(text: string): string {
  const known = interned.get(text);
  if (known !== undefined) return known;
  if (interned.size >= INTERNED_MOST) interned.clear();
  interned.set(text, text);
  return text;
}

/** Labels of an untrusted object: own text values, bounded, without anything inherited. `without`: keys the engine mixed in. */
export function decodeLabels(value: unknown, without: readonly string[] = []): Labels {
  const source = asObject(value);
  if (source === null) return NO_LABELS;
  let labels: Record<string, string> | undefined;
  let count = 0;
  for (const key of Object.keys(source)) {
    if (without.includes(key) || key.length > KEY_MOST) continue;
    const text = asText(source[key], VALUE_MOST);
    if (text === null) continue;
    labels ??= createLabels();
    labels[key] = text.length < 64 ? intern(text) : text;
    count += 1;
    if (count === LABELS_MOST) break;
  }
  return labels ?? NO_LABELS;
}
