import { createClient, type Stats, type TidewatchClient } from '../client/client.ts';
import { TidewatchError, toTidewatchError } from '../model/errors.ts';
import { adminTokenFiles, readAdminToken } from './admin-token.ts';
import { type DaemonAddress, daemonAddress } from './daemon-address.ts';
import { daemonTransport } from './daemon-transport.ts';
import type { Seat } from './seat.ts';

/** A daemon that answers and lets us in. */
export interface DaemonAccess {
  readonly address: DaemonAddress;
  readonly client: TidewatchClient;
  /** As it stood when it was asked first. */
  readonly stats: Stats;
}

/** The daemon, for commands that only it can do. Throws `daemon_unreachable`, `unauthorized` and the like. */
export async function requireDaemon(seat: Seat): Promise<DaemonAccess> {
  const found = await findDaemon(seat);
  if ('client' in found) return found;
  throw found.why;
}

/** The daemon, or why nothing answers. Throws when it answers and refuses: that is no absence. */
export async function findDaemon(seat: Seat): Promise<DaemonAccess | DaemonAbsence> {
  const address = daemonAddress(seat);
  const given = givenToken(seat);
  if (given !== undefined) return ask(seat, { address, tokens: [given], advice: '' });
  const found = address.isLocal ? localTokens(seat) : { tokens: [], tried: [] };
  return ask(seat, { address, tokens: found.tokens, advice: noTokenAdvice(address, found.tried) });
}

/** Nothing answers where the daemon should be. */
export interface DaemonAbsence {
  readonly address: DaemonAddress;
  /** `daemon_unreachable`: says where it was looked for and what to do. */
  readonly why: TidewatchError;
}

interface GivenToken {
  readonly token: string;
  /** As a person would say it: `--token`, `TIDEWATCH_TOKEN`, or a file. */
  readonly from: string;
}

function givenToken({ options, io }: Seat): GivenToken | undefined {
  if (options.token !== undefined) return { token: options.token, from: '--token' };
  const token = io.env.TIDEWATCH_TOKEN;
  return token ? { token, from: 'TIDEWATCH_TOKEN' } : undefined;
}

/** Tokens of daemons on this machine. Several folders may hold one; only the daemon knows which is its own. */
function localTokens({ io }: Seat): { tokens: GivenToken[]; tried: string[] } {
  const files = adminTokenFiles(io).map(readAdminToken);
  return {
    tokens: files.flatMap(({ token, file }) => (token === null ? [] : [{ token, from: file }])),
    tried: files.map(({ file, problem }) =>
      problem === 'missing' || problem === null ? file : `${file} (${problem})`,
    ),
  };
}

function noTokenAdvice({ url, isLocal }: DaemonAddress, tried: readonly string[]): string {
  const looked = isLocal ? `none found in ${tried.join(', ')}` : 'tokens on the disk are only sent to this machine';
  return `The daemon at ${url} needs a token; ${looked}. Give it with --token or TIDEWATCH_TOKEN (it is in the file admin-token of the daemon's dataDir).`;
}

interface Question {
  readonly address: DaemonAddress;
  /** Tried one after the other. */
  readonly tokens: readonly GivenToken[];
  /** What to say when the daemon wants a token and there is none. */
  readonly advice: string;
}

async function ask(seat: Seat, question: Question): Promise<DaemonAccess | DaemonAbsence> {
  const { address, tokens } = question;
  let slowedDown: TidewatchError | null = null;
  const transport = daemonTransport(seat, address);
  // Without any token it is asked all the same: that tells a silent daemon from a locked one.
  for (const given of tokens.length > 0 ? tokens : [undefined]) {
    const client = createClient({
      url: address.url,
      ...transport,
      clock: seat.io.clock,
      signal: seat.io.signal,
      ...(given && { token: given.token }),
    });
    try {
      return { address, client, stats: await client.stats() };
    } catch (thrown) {
      const error = toTidewatchError(thrown);
      if (error.code === 'daemon_unreachable') return { address, why: error };
      // Old tokens in other folders were wrong too often; the one that is in use is let in all the same.
      if (error.code === 'too_many_attempts') slowedDown = error;
      else if (error.code !== 'unauthorized') throw error;
    }
  }
  throw slowedDown ?? new TidewatchError('unauthorized', refusalOf(question));
}

function refusalOf({ address: { url }, tokens, advice }: Question): string {
  if (tokens.length === 0) return advice;
  const from = tokens.map((given) => given.from).join(', ');
  return `The token given is not valid for the daemon at ${url} (from ${from}). Give the right one with --token or TIDEWATCH_TOKEN.`;
}
