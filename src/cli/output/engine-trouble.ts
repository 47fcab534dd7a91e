import { TidewatchError } from '../../model/errors.ts';
import { formatSpan } from '../../runtime/duration.ts';
import { fromIso } from '../../runtime/iso.ts';
import type { EngineConnection } from '../../tracker/tracker-stats.ts';

/** Why the engine cannot be asked now, and for how long. */
export function engineTrouble({ state, since, endpoint, error }: EngineConnection, now: number): string {
  const at = fromIso(since);
  const span = at === null ? '' : ` for ${formatSpan(now - at)}`;
  const what = state === 'lost' ? 'lost' : state === 'stopped' ? 'stopped' : 'not reached';
  const why = error === null ? '' : `: ${error.replace(/\.$/, '')}`;
  return `engine ${endpoint.url} ${what}${span}${why}`;
}

/** Nothing is known because the engine is away: that is no empty list, and no missing workspace. */
export function engineAway(engine: EngineConnection, now: number, what: string): TidewatchError {
  return new TidewatchError('engine_unreachable', `${what}: ${engineTrouble(engine, now)}`);
}
