import type { ToldEvent } from './engine-event.ts';

/** Filters of a request: values of one key. */
export type Filters = ReadonlyMap<string, readonly string[]>;

/** Reads `filters` in both of Docker's forms, `{"k":["v"]}` and `{"k":{"v":true}}`. Throws what Docker's decoder says. */
export function parseFilters(text: string | null): Filters {
  if (text === null || text === '') return new Map();
  const parsed: unknown = JSON.parse(text);
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) throw new SyntaxError('invalid filter');
  return new Map(Object.entries(parsed).map(([key, values]) => [key, valuesOf(values)]));
}

function valuesOf(values: unknown): string[] {
  if (Array.isArray(values)) return values.map(String);
  if (typeof values === 'object' && values !== null) return Object.keys(values);
  throw new SyntaxError('invalid filter');
}

/** All labels asked for are there: `k` by name, `k=v` by name and value. */
export function hasLabels(labels: Readonly<Record<string, string>>, asked: readonly string[] | undefined): boolean {
  return (asked ?? []).every((wanted) => {
    const cut = wanted.indexOf('=');
    const key = cut < 0 ? wanted : wanted.slice(0, cut);
    return Object.hasOwn(labels, key) && (cut < 0 || labels[key] === wanted.slice(cut + 1));
  });
}

// With one of these among the values, Docker compares all values by prefix, because these actions carry a command or a result.
const PREFIX_ACTIONS = new Set(['health_status', 'exec_create', 'exec_start']);

/** Whether a subscriber with these filters is told of the event. Keys that Docker does not know are ignored, as it does. */
export function isAskedFor(event: ToldEvent, filters: Filters): boolean {
  const actions = filters.get('event') ?? [];
  const byPrefix = actions.some((action) => PREFIX_ACTIONS.has(action));
  return (
    isOneOf(event.type, filters.get('type')) &&
    (byPrefix ? startsWithOneOf(event.action, actions) : isOneOf(event.action, actions)) &&
    isOneOf('local', filters.get('scope')) &&
    (startsWithOneOf(event.actorId, filters.get('container')) ||
      startsWithOneOf(event.attributes.name ?? '', filters.get('container'))) &&
    isOneOf(event.attributes.image ?? '', filters.get('image')) &&
    hasLabels(event.attributes, filters.get('label'))
  );
}

function isOneOf(value: string, asked: readonly string[] = []): boolean {
  return asked.length === 0 || asked.includes(value);
}

function startsWithOneOf(value: string, asked: readonly string[] = []): boolean {
  return asked.length === 0 || asked.some((prefix) => value.startsWith(prefix));
}
