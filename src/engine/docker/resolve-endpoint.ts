import { join } from 'node:path';
import { TidewatchError } from '../../model/errors.ts';
import type { EngineEndpoint } from '../engine.ts';
import {
  dockerConfigDir,
  readCurrentContext,
  readDockerContext,
  readPem,
  type Surroundings,
} from './docker-context.ts';
import { type EngineTarget, parseEngineHost, type TlsMaterial } from './endpoint-host.ts';

/** Files for an encrypted connection: a path, or the PEM text itself. */
export interface EngineTlsOptions {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  /** `false` takes any certificate of the engine; `true` by default. */
  readonly verify?: boolean;
}

/** Which engine. Without any of it, it is found as Docker's client does. */
export interface EndpointOptions {
  /** As in `DOCKER_HOST`. Not together with `context`. */
  readonly host?: string;
  /** Name of a Docker context. */
  readonly context?: string;
  readonly tls?: EngineTlsOptions;
}

export interface ResolvedEndpoint {
  readonly endpoint: EngineEndpoint;
  readonly target: EngineTarget;
  /** Socket files at which the engine may appear. */
  readonly sockets: readonly string[];
  /** Nothing named an engine: another default socket may be the right one later. */
  readonly byDefault: boolean;
  /** Something was passed over that a person should know of. */
  readonly warning: string | null;
}

const DEFAULT_CONTEXT = 'default';
const WINDOWS_PIPE = 'npipe:////./pipe/docker_engine';

/**
 * Finds the engine as Docker's client does: context option, host option, `DOCKER_HOST`, `DOCKER_CONTEXT`, the current
 * context of config.json, then the first default socket that exists. Throws TidewatchError `engine_endpoint_invalid`,
 * `engine_context_unknown` or `engine_tls`.
 */
export function resolveEndpoint(options: EndpointOptions, surroundings: Surroundings): ResolvedEndpoint {
  const { env } = surroundings;
  if (options.host && options.context) {
    throw new TidewatchError('engine_endpoint_invalid', 'Both a host and a context are given. Give one of them.');
  }
  if (options.host) return resolveHost({ host: options.host, source: 'option' }, options, surroundings);
  const choice = chooseContext(options, surroundings);
  if (choice.name !== DEFAULT_CONTEXT) return { ...resolveContext(choice, options, surroundings) };
  if (env.DOCKER_HOST) return resolveHost({ host: env.DOCKER_HOST, source: 'DOCKER_HOST' }, options, surroundings);
  return { ...resolveDefault(surroundings), warning: choice.warning };
}

interface ContextChoice {
  readonly name: string;
  readonly source: string;
  readonly warning: string | null;
}

function chooseContext(options: EndpointOptions, surroundings: Surroundings): ContextChoice {
  const { env } = surroundings;
  if (options.context) return { name: options.context, source: 'option', warning: null };
  if (env.DOCKER_HOST) return { name: DEFAULT_CONTEXT, source: 'DOCKER_HOST', warning: null };
  if (env.DOCKER_CONTEXT) return { name: env.DOCKER_CONTEXT, source: 'DOCKER_CONTEXT', warning: null };
  const current = readCurrentContext(surroundings);
  return { name: current.name || DEFAULT_CONTEXT, source: 'currentContext in config.json', warning: current.warning };
}

function resolveContext(choice: ContextChoice, options: EndpointOptions, surroundings: Surroundings): ResolvedEndpoint {
  const { host, tls } = readDockerContext(choice.name, choice.source, surroundings);
  const foundBy = `context "${choice.name}" (${choice.source})`;
  if (host === null) {
    const fallback = resolveDefault(surroundings);
    return { ...fallback, endpoint: { ...fallback.endpoint, foundBy }, byDefault: false };
  }
  const material = options.tls ? readTlsOptions(options.tls, surroundings) : tls;
  const { target, url } = parseEngineHost(host, `The host of ${foundBy}`, material);
  return { endpoint: { url, foundBy }, target, sockets: socketsOf(target), byDefault: false, warning: choice.warning };
}

function resolveHost(
  { host, source }: { host: string; source: string },
  options: EndpointOptions,
  surroundings: Surroundings,
): ResolvedEndpoint {
  const tls = options.tls ? readTlsOptions(options.tls, surroundings) : readTlsEnvironment(surroundings);
  const { target, url } = parseEngineHost(host, source === 'option' ? 'The host option' : source, tls);
  return { endpoint: { url, foundBy: source }, target, sockets: socketsOf(target), byDefault: false, warning: null };
}

function resolveDefault(surroundings: Surroundings): ResolvedEndpoint {
  if (surroundings.platform === 'win32') {
    const { target, url } = parseEngineHost(WINDOWS_PIPE, 'The default pipe', null);
    return { endpoint: { url, foundBy: 'default pipe' }, target, sockets: [], byDefault: true, warning: null };
  }
  const sockets = defaultSockets(surroundings);
  const path = sockets.find((candidate) => surroundings.exists(candidate)) ?? '/var/run/docker.sock';
  const { target, url } = parseEngineHost(path, 'The default socket', null);
  return { endpoint: { url, foundBy: 'default socket' }, target, sockets, byDefault: true, warning: null };
}

/** Docker's, Docker Desktop's, rootless Docker's, then Podman's of the user and of the system. */
function defaultSockets({ env, home, uid }: Surroundings): readonly string[] {
  const runtimeDir = env.XDG_RUNTIME_DIR || (uid === null ? null : `/run/user/${uid}`);
  const sockets = ['/var/run/docker.sock'];
  if (home !== '') sockets.push(join(home, '.docker/run/docker.sock'));
  if (runtimeDir !== null) sockets.push(join(runtimeDir, 'docker.sock'), join(runtimeDir, 'podman/podman.sock'));
  sockets.push('/run/podman/podman.sock');
  return sockets;
}

function socketsOf(target: EngineTarget): readonly string[] {
  return target.kind === 'socket' && target.path.startsWith('/') ? [target.path] : [];
}

function readTlsOptions(tls: EngineTlsOptions, surroundings: Surroundings): TlsMaterial {
  const read = (given: string | undefined) =>
    given === undefined ? null : given.includes('-----BEGIN') ? given : readPem(given, surroundings);
  return { ca: read(tls.ca), cert: read(tls.cert), key: read(tls.key), verify: tls.verify !== false };
}

/** `DOCKER_TLS_VERIFY` (checked) or `DOCKER_TLS` (unchecked) with the files of `DOCKER_CERT_PATH`. */
function readTlsEnvironment(surroundings: Surroundings): TlsMaterial | null {
  const { env } = surroundings;
  const verify = Boolean(env.DOCKER_TLS_VERIFY);
  if (!verify && !env.DOCKER_TLS) return null;
  const dir = env.DOCKER_CERT_PATH || dockerConfigDir(surroundings);
  const readIfThere = (file: string) =>
    surroundings.exists(join(dir, file)) ? readPem(join(dir, file), surroundings) : null;
  return {
    // Without its own authority nothing could be checked, so a missing file is an error, as it is in Docker.
    ca: verify ? readPem(join(dir, 'ca.pem'), surroundings) : readIfThere('ca.pem'),
    cert: readIfThere('cert.pem'),
    key: readIfThere('key.pem'),
    verify,
  };
}
