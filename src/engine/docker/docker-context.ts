import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { TidewatchError } from '../../model/errors.ts';
import type { TlsMaterial } from './endpoint-host.ts';
import { asObject, asText } from './json-value.ts';

/** What the endpoint is resolved from; handed in, so that the resolution is a pure function. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  /** `null` on Windows. */
  readonly uid: number | null;
  readonly platform: string;
  exists(path: string): boolean;
  /** Throws as `fs.readFileSync` does. */
  readFile(path: string): string;
}

export interface DockerContext {
  /** `null`: the default socket. */
  readonly host: string | null;
  readonly tls: TlsMaterial | null;
}

/** Docker's folder of settings: `DOCKER_CONFIG`, else `~/.docker`. */
export function dockerConfigDir({ env, home }: Surroundings): string {
  return env.DOCKER_CONFIG || join(home, '.docker');
}

/** `currentContext` of config.json; a file that cannot be read is told in `warning` and passed over, as Docker does. */
export function readCurrentContext(surroundings: Surroundings): { name: string; warning: string | null } {
  const file = join(dockerConfigDir(surroundings), 'config.json');
  if (!surroundings.exists(file)) return { name: '', warning: null };
  try {
    const config = asObject(JSON.parse(surroundings.readFile(file)));
    return { name: asText(config?.currentContext, 256) ?? '', warning: null };
  } catch (error) {
    return { name: '', warning: `${file} cannot be read and is passed over: ${reasonOf(error)}` };
  }
}

/** Reads a context from Docker's context store. Throws TidewatchError `engine_context_unknown`. */
export function readDockerContext(name: string, source: string, surroundings: Surroundings): DockerContext {
  const id = createHash('sha256').update(name).digest('hex');
  const store = join(dockerConfigDir(surroundings), 'contexts');
  const file = join(store, 'meta', id, 'meta.json');
  if (!surroundings.exists(file)) {
    throw new TidewatchError(
      'engine_context_unknown',
      `There is no Docker context "${name}" (named by ${source}) in ${store}. See: docker context ls`,
    );
  }
  let endpoint: Record<string, unknown>;
  try {
    endpoint = readEndpoint(surroundings.readFile(file));
  } catch (error) {
    throw new TidewatchError(
      'engine_context_unknown',
      `The Docker context "${name}" (named by ${source}) cannot be read from ${file}: ${reasonOf(error)}`,
      { cause: error },
    );
  }
  const host = asText(endpoint.Host, 4096) ?? '';
  const tlsDir = join(store, 'tls', id, 'docker');
  const tls = readTlsDir(tlsDir, endpoint.SkipTLSVerify !== true, surroundings);
  return { host: host === '' ? null : host, tls };
}

/** A context may be for something else: the default socket must not be taken in its place. */
function readEndpoint(meta: string): Record<string, unknown> {
  const endpoint = asObject(asObject(asObject(JSON.parse(meta))?.Endpoints)?.docker);
  if (endpoint === null) throw new TypeError('it has no Docker endpoint');
  return endpoint;
}

/** `ca.pem`, `cert.pem` and `key.pem` of a folder; `null` when it holds none of them and the check is not waived. */
function readTlsDir(dir: string, verify: boolean, surroundings: Surroundings): TlsMaterial | null {
  const [ca, cert, key] = ['ca.pem', 'cert.pem', 'key.pem'].map((file) => {
    const path = join(dir, file);
    return surroundings.exists(path) ? readPem(path, surroundings) : null;
  });
  if (!ca && !cert && !key && verify) return null;
  return { ca: ca ?? null, cert: cert ?? null, key: key ?? null, verify };
}

/** Text of a PEM file. Throws TidewatchError `engine_tls` naming the file. */
export function readPem(path: string, surroundings: Surroundings): string {
  try {
    return surroundings.readFile(path);
  } catch (error) {
    const message = `The file ${path} for the encrypted connection cannot be read: ${reasonOf(error)}`;
    throw new TidewatchError('engine_tls', message, { cause: error });
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
