interface ErrorKind {
  /** HTTP status when it reaches a client of the API. */
  readonly status: number;
  /** Exit code of the command line (contract.md). */
  readonly exit: number;
  /** Trying again later may work without anybody changing anything. */
  readonly retriable: boolean;
  /** What it means and what to do. */
  readonly meaning: string;
}

function kind([status, exit]: readonly [number, number], retriable: boolean, meaning: string): ErrorKind {
  return { status, exit, retriable, meaning };
}

/** Every error Tidewatch can tell. Stable codes; `docs/reference/errors.md` is generated from this table. */
export const ERRORS = {
  engine_unreachable: kind(
    [503, 4],
    true,
    'Nothing answers at the engine’s address. Start the engine, or name another one (engine.host, --host, DOCKER_HOST).',
  ),
  engine_timeout: kind([503, 4], true, 'The engine took the call but did not answer in time.'),
  engine_permission: kind(
    [503, 5],
    true,
    'This user may not open the engine’s socket. Join the docker group, run as root, or use a socket proxy.',
  ),
  engine_forbidden: kind(
    [503, 5],
    true,
    'The engine or a proxy before it refuses the call. A socket proxy needs CONTAINERS=1, EVENTS=1 and PING=1.',
  ),
  engine_tls: kind(
    [503, 4],
    true,
    'The encrypted connection to the engine failed. Check ca.pem, cert.pem and key.pem.',
  ),
  engine_bad_answer: kind([502, 1], true, 'The engine answered something that is not the Docker Engine API.'),
  engine_api_version: kind([502, 1], false, 'The engine and Tidewatch have no API version in common.'),
  engine_no_such_container: kind([404, 1], false, 'The engine knows no such container.'),
  engine_endpoint_invalid: kind(
    [500, 2],
    false,
    'The engine’s address cannot be understood. Use unix://, tcp://, https://, ssh:// or npipe://.',
  ),
  engine_context_unknown: kind([500, 2], false, 'The named Docker context does not exist or cannot be read.'),
  registry_failed: kind([503, 1], true, 'The workspace registry did not take or give a record.'),
  workspace_not_found: kind([404, 3], false, 'There is no workspace with this id.'),
  webhook_not_found: kind([404, 1], false, 'There is no webhook of this name in the configuration.'),
  event_not_found: kind(
    [404, 1],
    false,
    'The log does not keep an event of this number: it was deleted by age, or never was.',
  ),
  workspace_exists: kind([409, 1], false, 'A workspace with this id is registered already.'),
  workspace_running: kind(
    [409, 1],
    false,
    'The workspace still has containers; it would be found again at once. Remove them first, or archive it.',
  ),
  store_unwritable: kind(
    [503, 1],
    true,
    'The store cannot be written: the disk is full or the folder is read-only. Tracking goes on; events are kept in memory within bounds.',
  ),
  store_damaged: kind(
    [500, 1],
    false,
    'The database file is damaged. It was set aside and a new one begun; restore a backup to get the history back.',
  ),
  chunk_damaged: kind(
    [500, 1],
    false,
    'A piece of the stored history is damaged. It is skipped and counted; all other pieces are read.',
  ),
  store_newer: kind(
    [500, 1],
    false,
    'The database was written by a newer Tidewatch. Update Tidewatch or use another dataDir.',
  ),
  store_locked: kind([500, 1], false, 'Another Tidewatch uses this dataDir. Stop it or choose another dataDir.'),
  config_invalid: kind([500, 2], false, 'A configuration key or value is wrong; file, line and key are named.'),
  listen_failed: kind([500, 1], false, 'The address cannot be listened on: it is in use or not of this machine.'),
  bad_request: kind([400, 2], false, 'The request is malformed; the detail says where.'),
  unauthorized: kind(
    [401, 5],
    false,
    'A token is needed, and the one given, if any, is wrong, has expired or was revoked.',
  ),
  forbidden: kind([403, 5], false, 'The request is not allowed: wrong Host or Origin, or the token lacks the right.'),
  token_not_found: kind([404, 1], false, 'There is no token with this id that was not revoked.'),
  token_exists: kind([409, 1], false, 'A token with this name exists already; revoke it or choose another name.'),
  too_many_attempts: kind(
    [429, 5],
    true,
    'Too many wrong tokens came from this address; wait as long as Retry-After says. Right tokens from elsewhere are not slowed down.',
  ),
  too_many_requests: kind(
    [429, 1],
    true,
    'More requests came with this token, or from this address without a valid one, than api.rateLimit lets through. Wait as long as Retry-After says; ask less often, or follow a stream.',
  ),
  not_ready: kind(
    [503, 4],
    true,
    'The first sync is not done yet, so it is not known which workspaces the token may see. Try again in a moment.',
  ),
  not_found: kind([404, 1], false, 'There is nothing at this path.'),
  method_not_allowed: kind([405, 1], false, 'The path exists, but not for this method.'),
  payload_too_large: kind([413, 1], false, 'The body is larger than the server takes.'),
  unsupported_media_type: kind([415, 2], false, 'The body must be application/json.'),
  upgrade_required: kind([426, 2], false, 'The path takes a WebSocket: the request must ask for one.'),
  too_many_clients: kind(
    [503, 1],
    true,
    'As many clients follow events and states as may (live.maxClients). Close some, or allow more.',
  ),
  daemon_unreachable: kind(
    [503, 4],
    true,
    'No Tidewatch daemon answers at the address. Start one with: tidewatch serve',
  ),
  daemon_tls: kind(
    [503, 4],
    false,
    'The daemon’s certificate is not accepted. Name the authority that signed it (--ca, TIDEWATCH_CA), and the daemon as its certificate does.',
  ),
  usage: kind([400, 2], false, 'The command line is wrong; see --help.'),
  shutting_down: kind([503, 4], true, 'The daemon is stopping.'),
  plugin_failed: kind([500, 1], false, 'An event plug-in could not be installed; the message names it and says why.'),
  internal: kind([500, 1], false, 'A defect of Tidewatch. Please report it with the log.'),
} as const satisfies Record<string, ErrorKind>;

/** Stable code of an error. */
export type ErrorCode = keyof typeof ERRORS;

interface TidewatchErrorOptions {
  readonly cause?: unknown;
  readonly retryAfterMs?: number | undefined;
}

/** The only error Tidewatch throws on purpose: `code` for programs, `message` for people (what, where, what to do). */
export class TidewatchError extends Error {
  override readonly name = 'TidewatchError';
  readonly code: ErrorCode;
  /** Trying again before is in vain, ms; only where the daemon said so. */
  declare readonly retryAfterMs?: number;
  constructor(code: ErrorCode, message: string, { retryAfterMs, ...options }: TidewatchErrorOptions = {}) {
    super(message, options);
    this.code = code;
    if (retryAfterMs !== undefined) this.retryAfterMs = retryAfterMs;
  }
  /** May work later without anybody changing anything. */
  get retriable(): boolean {
    return ERRORS[this.code].retriable;
  }
}

/** For options that make no sense: throws `config_invalid`. */
export function refuseOption(problem: string): never {
  throw new TidewatchError('config_invalid', problem);
}

/** Anything thrown → an error with a code; what is none becomes `fallback`. */
export function toTidewatchError(thrown: unknown, fallback: ErrorCode = 'internal'): TidewatchError {
  if (thrown instanceof TidewatchError) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new TidewatchError(fallback, message, { cause: thrown });
}
