import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { isPodman } from '../call-errors.ts';
import { type EngineCall, parseJson, readBody } from '../engine-call.ts';
import { isOlder } from '../negotiate.ts';
import type { StatsWriter } from './decode-stats.ts';

/** A hundred times what is usual: the rest is per processor, interface and block device. */
const STATS_MOST = 1024 * 1024;

/** "Conflict": the container does not run. Not an error here. */
export const NOT_RUNNING = 409;

/** What the engine answered. */
export interface StatsAnswer {
  /** Parsed JSON, not looked at yet. */
  readonly body: unknown;
  readonly bytes: number;
  readonly writer: StatsWriter;
}

/** The body of an answer for statistics; `null` when it says that the container does not run. */
export async function readStats(response: IncomingMessage, call: EngineCall): Promise<StatsAnswer | null> {
  const text = await readBody(response, STATS_MOST, call);
  if (response.statusCode === NOT_RUNNING || (text === '' && isPodman(response.headers))) return null;
  return { body: parseJson(text, call), bytes: Buffer.byteLength(text), writer: writerOf(response.headers) };
}

/** Podman before 4.4 swapped what is sent and received (containers/podman#16618). */
function writerOf(headers: IncomingHttpHeaders): StatsWriter {
  if (!isPodman(headers)) return { dialect: 'docker', swapsNetwork: false };
  return { dialect: 'podman', swapsNetwork: isOlder(String(headers['libpod-api-version']), '4.4') };
}
