import type { TidewatchClient } from '../../src/client/client.ts';
import type { TidewatchEvent } from '../../src/model/events.ts';

/** All events told so far, page by page; those that wait for a log that cannot be written, too. */
export async function toldEvents(client: TidewatchClient): Promise<TidewatchEvent[]> {
  const events: TidewatchEvent[] = [];
  for (;;) {
    const page = await client.events({ after: events.at(-1)?.seq ?? 0, limit: 1_000 });
    if (page.items.length === 0) return events;
    events.push(...page.items);
  }
}

export async function toldTypes(client: TidewatchClient): Promise<string[]> {
  return (await toldEvents(client)).map(({ type }) => type);
}
