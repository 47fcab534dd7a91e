import type { Stats } from '../../client/client.ts';
import { ERRORS } from '../../model/errors.ts';
import { formatBytes } from '../../runtime/quantity.ts';
import { findDaemon } from '../daemon-access.ts';
import { engineTrouble } from '../output/engine-trouble.ts';
import type { Seat } from '../seat.ts';
import { type Check, fail, failed, ok, warn } from './check.ts';
import { cgroupVersion, daemonUsageCheck } from './usage-checks.ts';

/** The daemon, its own engine and its store, as the daemon itself tells. */
export async function daemonChecks(seat: Seat): Promise<Check[]> {
  try {
    const found = await findDaemon(seat);
    if (!('client' in found)) {
      const advice = 'Without it ls, show and watch ask the engine directly; there is no history and no page.';
      return [warn('daemon', found.why.message, advice)];
    }
    const { stats, address } = found;
    const { engine, workspaces } = stats.tracker;
    const { store } = stats;
    return [
      ok('daemon', `version ${stats.version} at ${address.url}, ${workspaces} workspaces`),
      engine.state === 'connected'
        ? ok(
            'engine (of the daemon)',
            `${engine.endpoint.url} (${engine.endpoint.foundBy}), connected since ${engine.since}`,
          )
        : fail(
            'engine (of the daemon)',
            engineTrouble(engine, seat.io.clock.now()),
            'Start that engine, or set engine.host.',
          ),
      store.writable
        ? ok('store (of the daemon)', `${store.kind}, events ${store.firstSeq} to ${store.lastSeq}`)
        : fail('store (of the daemon)', store.lastError ?? 'cannot be written', ERRORS.store_unwritable.meaning),
      ...historyChecks(stats),
      daemonUsageCheck(stats.monitor, address.isLocal ? cgroupVersion() : null),
    ];
  } catch (thrown) {
    return [failed('daemon', thrown)];
  }
}

/** None of a daemon older than this command line, which keeps no history. */
function historyChecks({ collector }: Partial<Pick<Stats, 'collector'>>): Check[] {
  if (collector === undefined) return [];
  const name = 'history (of the daemon)';
  const { lastError, series, store } = collector;
  return lastError === null
    ? [ok(name, `${series} workspaces in memory, ${formatBytes(store.fileBytes)} on disk`)]
    : [fail(name, lastError, ERRORS.store_unwritable.meaning)];
}
