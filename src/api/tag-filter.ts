import { shownLabelValue } from '../model/labels.ts';

/** What a person said of a workspace. */
export interface Tags {
  readonly owner: string | null;
  readonly labels: Readonly<Record<string, string>>;
}

export interface TagQuery {
  readonly owner?: string;
  /** `key` or `key=value`; all of them must match. */
  readonly label?: readonly string[];
}

/** Tells of a workspace whether it is this owner's and has these labels. */
export function tagFilter(query: TagQuery): (tags: Tags) => boolean {
  const owner = query.owner === undefined ? undefined : oneSpelling(query.owner);
  const labels = (query.label ?? []).map(readLabelFilter);
  return (tags) =>
    (owner === undefined || (tags.owner !== null && oneSpelling(tags.owner) === owner)) &&
    labels.every((label) => hasLabel(tags, label));
}

/** What is typed on one system may be encoded otherwise on another, as accents and Hangul on macOS. */
export function oneSpelling(text: string): string {
  return text.normalize('NFC');
}

interface LabelFilter {
  /** In every spelling. */
  readonly keys: readonly string[];
  /** As it may be shown, whole or cut; none: any value. */
  readonly values: readonly string[];
}

/** The first `=` divides: keys have none, values may. */
function readLabelFilter(text: string): LabelFilter {
  const at = text.indexOf('=');
  const key = at < 0 ? text : text.slice(0, at);
  const value = at < 0 ? undefined : text.slice(at + 1);
  return {
    keys: [key, key.normalize('NFC'), key.normalize('NFD')],
    values: value === undefined ? [] : [value, shownLabelValue(value)].map(oneSpelling),
  };
}

function hasLabel({ labels }: Tags, { keys, values }: LabelFilter): boolean {
  const key = keys.find((spelling) => Object.hasOwn(labels, spelling));
  return key !== undefined && (values.length === 0 || values.includes(oneSpelling(labels[key] ?? '')));
}
