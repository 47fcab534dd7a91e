import type { TidewatchClient } from '../src/client/client.ts';
import type { TidewatchEvent } from '../src/model/events.ts';

/** Most the API gives at once. */
const PAGE = 1000;

/**
 * The newest events that fit, at least `count` of them if there are so many. The API reads forward only: looks at the end
 * of the log, and at ten times as much of it until it is enough.
 */
export async function newestEvents(
  client: Pick<TidewatchClient, 'events'>,
  { workspace, count }: { readonly workspace?: string; readonly count: number },
  { firstSeq, lastSeq }: { readonly firstSeq: number; readonly lastSeq: number },
): Promise<TidewatchEvent[]> {
  const beginning = Math.max(0, firstSeq - 1);
  for (let span = PAGE; ; span *= 10) {
    const found: TidewatchEvent[] = [];
    let after = Math.max(beginning, lastSeq - span);
    const isWhole = after === beginning;
    for (;;) {
      const page = await client.events({ after, limit: PAGE, ...(workspace !== undefined && { workspace }) });
      found.push(...page.items);
      if (page.nextAfter <= after) break;
      after = page.nextAfter;
    }
    if (isWhole || found.length >= count) return found;
  }
}
