import type { IncomingMessage, ServerResponse } from 'node:http';
import { toHttpDate } from '../../runtime/iso.ts';
import type { Dialect } from './engine-event.ts';
import type { CallKind } from './faults.ts';

/** A request, read as far as routing needs it. */
export interface EngineCall {
  readonly kind: CallKind;
  /** Without the version prefix and the query. */
  readonly path: string;
  /** As asked for in the path; `null` for a path without version. */
  readonly version: string | null;
  readonly query: URLSearchParams;
  /** Of an inspect or statistics: what stands in the place of the id. */
  readonly ref: string;
}

/** How the engine presents itself. */
export interface EngineFace {
  readonly dialect: Dialect;
  readonly apiVersion: string;
  readonly minApiVersion: string;
}

const KINDS: readonly (readonly [CallKind, RegExp])[] = [
  ['ping', /^\/_ping$/],
  ['list', /^\/containers\/json$/],
  ['inspect', /^\/containers\/([^/]+)\/json$/],
  ['stats', /^\/containers\/([^/]+)\/stats$/],
  ['events', /^\/events$/],
  ['info', /^\/info$/],
  ['version', /^\/version$/],
];

/** Reads the request line. */
export function readCall(request: IncomingMessage): EngineCall {
  const [target = '', search = ''] = (request.url ?? '').split(/\?(.*)/s, 2);
  const [, version = null, path = target] = /^\/v(\d+\.\d+)(\/.*)$/.exec(target) ?? [];
  const query = new URLSearchParams(search);
  const isRead = request.method === 'GET' || request.method === 'HEAD';
  for (const [kind, pattern] of isRead ? KINDS : []) {
    const match = pattern.exec(path);
    if (match) return { kind, path, version, query, ref: decoded(match[1] ?? '') };
  }
  return { kind: 'other', path, version, query, ref: '' };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** -1, 0 or 1, as `1.9` < `1.41`. */
export function compareVersions(a: string, b: string): number {
  const [aMajor = 0, aMinor = 0] = a.split('.').map(Number);
  const [bMajor = 0, bMinor = 0] = b.split('.').map(Number);
  return Math.sign(aMajor - bMajor || aMinor - bMinor);
}

/** The headers that every answer of the engine bears. */
export function setEngineHeaders(response: ServerResponse, face: EngineFace, now: number): void {
  response.sendDate = false;
  response.setHeader('Api-Version', face.apiVersion);
  response.setHeader('Content-Type', 'application/json');
  if (face.dialect === 'podman') {
    response.setHeader('Libpod-Api-Version', '4.3.1');
    response.setHeader('Server', 'Libpod/4.3.1 (linux)');
  } else {
    response.setHeader('Docker-Experimental', 'false');
    response.setHeader('Ostype', 'linux');
    response.setHeader('Server', 'Docker/20.10.24 (linux)');
  }
  response.setHeader('Date', toHttpDate(now));
}

/** An error in the words of the dialect. */
export function sendError(response: ServerResponse, dialect: Dialect, told: { status: number; message: string }): void {
  const { status, message } = told;
  const body = dialect === 'podman' ? { cause: message, message, response: status } : { message };
  sendBody(response, status, `${JSON.stringify(body)}\n`);
}

export function sendBody(response: ServerResponse, status: number, body: string | Uint8Array): void {
  response.statusCode = status;
  response.setHeader('Content-Length', typeof body === 'string' ? Buffer.byteLength(body) : body.byteLength);
  response.end(body);
}

/** Answers the versions that the engine refuses; gives whether it did. Podman takes any. */
export function refuseVersion(response: ServerResponse, face: EngineFace, version: string | null): boolean {
  if (version === null || face.dialect === 'podman') return false;
  if (compareVersions(version, face.apiVersion) > 0) {
    const message = `client version ${version} is too new. Maximum supported API version is ${face.apiVersion}`;
    sendError(response, 'docker', { status: 400, message });
    return true;
  }
  if (compareVersions(version, face.minApiVersion) >= 0) return false;
  const message = `client version ${version} is too old. Minimum supported API version is ${face.minApiVersion}, please upgrade your client to a newer version`;
  if (compareVersions(version, '1.24') >= 0) {
    sendError(response, 'docker', { status: 400, message });
  } else {
    // Clients before 1.24 are told in plain text.
    response.setHeader('Content-Type', 'text/plain; charset=utf-8');
    sendBody(response, 400, `${message}\n`);
  }
  return true;
}
