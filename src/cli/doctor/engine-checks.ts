import type { Engine, EngineInfo } from '../../engine/engine.ts';
import { engineOf } from '../engine-tracking.ts';
import type { Seat } from '../seat.ts';
import { type Check, fail, failed, ok, warn } from './check.ts';
import { shellUsageCheck } from './usage-checks.ts';

/** Ages look wrong when the clocks differ by more; the engine tells whole seconds only. */
const CLOCK_OFFSET_MS = 3_000;

/** The engine answers a subscription in milliseconds. */
const WATCH_MS = 5_000;

/** The engine as this shell finds it: address, answer, rights, clock, events. Stops at the first that fails. */
export async function engineChecks(seat: Seat): Promise<Check[]> {
  const name = 'engine (from this shell)';
  let engine: Engine;
  try {
    engine = engineOf(seat);
  } catch (thrown) {
    return [failed(name, thrown)];
  }
  try {
    const { url, foundBy } = engine.endpoint;
    const info = await engine.connect(seat.io.signal);
    return [
      ok(name, `${info.dialect} at ${url} (${foundBy}), API ${info.apiVersion}`),
      clockCheck(info, seat.io.clock.now()),
      await rightsCheck(engine, seat.io.signal),
      await eventsCheck(engine, info, seat),
      shellUsageCheck(engine),
    ];
  } catch (thrown) {
    return [failed(name, thrown)];
  } finally {
    await engine.close();
  }
}

function clockCheck({ serverTime }: EngineInfo, now: number): Check {
  const offset = serverTime - now;
  const text = `${Math.abs(offset / 1000).toFixed(1)} s ${offset < 0 ? 'behind' : 'ahead of'} this machine's clock`;
  if (Math.abs(offset) <= CLOCK_OFFSET_MS) return ok('engine clock', 'agrees with this machine’s within seconds');
  return warn('engine clock', text, 'Ages look wrong by as much. Let both machines take their time from the network.');
}

async function rightsCheck(engine: Engine, signal: AbortSignal): Promise<Check> {
  try {
    let count = 0;
    for await (const batch of engine.list(signal)) count += batch.length;
    return ok('rights', `containers can be listed: ${count}`);
  } catch (thrown) {
    return failed('rights', thrown);
  }
}

async function eventsCheck(engine: Engine, info: EngineInfo, { io }: Seat): Promise<Check> {
  const name = 'event stream';
  const ended = new AbortController();
  const signal = AbortSignal.any([io.signal, ended.signal]);
  try {
    const opened = await new Promise<boolean>((resolve, reject) => {
      void io.clock.sleep(WATCH_MS, signal).then(() => resolve(false));
      engine
        .watch({ since: info.serverTime, signal, onOpen: () => resolve(true), onEvents() {} })
        .then(() => resolve(true), reject);
    });
    if (opened) return ok(name, 'the engine takes the subscription');
    return fail(
      name,
      'the engine did not take the subscription',
      'A proxy may hold it back: it must not buffer /events.',
    );
  } catch (thrown) {
    return failed(name, thrown);
  } finally {
    ended.abort();
  }
}
