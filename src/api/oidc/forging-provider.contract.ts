import { createHmac, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** One answer. */
export interface ForgedAnswer {
  readonly status?: number;
  readonly type?: string;
  readonly body: string;
}

type Answer = ForgedAnswer | object | 'never';

/** A provider that answers whatever a test wants. By itself it lets everybody in as `mallory` of the group `ops`. */
export interface ForgingProvider {
  readonly issuer: string;
  /** Requests by path, with their body. */
  readonly asked: { readonly path: string; readonly body: string; readonly authorization: string | undefined }[];
  /** What it answers at a path instead of the truth, until {@link ForgingProvider.reset}. */
  readonly answers: Map<string, Answer>;
  /** Claims of the next id token, beside those that are right. */
  claims: Readonly<Record<string, unknown>>;
  /** How the next id token is signed. */
  signature: 'right' | 'other key' | 'none' | 'client secret';
  nonce: string;
  reset(): void;
  /** Goes away; {@link ForgingProvider.start} at the same address. */
  stop(): Promise<void>;
  start(): Promise<void>;
}

export const FORGING_CLIENT = { clientId: 'tidewatch', clientSecret: 'hush-hush-says-the-client' };

const KEYS = generateKeyPairSync('rsa', { modulusLength: 2048 });
const OTHER_KEYS = generateKeyPairSync('rsa', { modulusLength: 2048 });

/** Starts it on a free port of loopback. */
export async function startForgingProvider(): Promise<ForgingProvider> {
  let port = 0;
  let server = createServer();
  const provider: ForgingProvider = {
    ...{ issuer: '', asked: [], answers: new Map<string, Answer>() },
    ...{ claims: {}, signature: 'right', nonce: '' },
    reset() {
      provider.answers.clear();
      provider.asked.length = 0;
      Object.assign(provider, { claims: {}, signature: 'right' });
    },
    async start() {
      server = createServer((request, response) => void answer(provider, request, response));
      server.listen(port, '127.0.0.1');
      await once(server, 'listening');
      port = (server.address() as AddressInfo).port;
    },
    async stop() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
  await provider.start();
  return Object.assign(provider, { issuer: `http://127.0.0.1:${port}/` });
}

async function answer(provider: ForgingProvider, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = request.url ?? '';
  const body = await text(request);
  provider.asked.push({ path, body, authorization: request.headers.authorization });
  const found = provider.answers.get(path) ?? truth(provider, path);
  if (found === 'never') return;
  const { status = 200, type = 'application/json', body: said } = found as Partial<ForgedAnswer>;
  const isRaw = typeof said === 'string';
  response.writeHead(status, { 'content-type': type }).end(isRaw ? said : JSON.stringify(found));
}

function truth(provider: ForgingProvider, path: string): object {
  const { issuer } = provider;
  if (path === '/.well-known/openid-configuration') return metadataOf(issuer);
  if (path === '/jwks')
    return { keys: [{ ...KEYS.publicKey.export({ format: 'jwk' }), kid: 'k', use: 'sig', alg: 'RS256' }] };
  if (path === '/token')
    return { access_token: 'an-access-token', token_type: 'Bearer', id_token: idTokenOf(provider) };
  if (path === '/userinfo') return { sub: 'mallory', email: 'mallory@example.com', groups: ['ops'] };
  return { status: 404, body: 'nothing here' };
}

/** What it says of itself. */
export function metadataOf(issuer: string): Record<string, unknown> {
  return {
    issuer,
    authorization_endpoint: `${issuer}auth`,
    token_endpoint: `${issuer}token`,
    jwks_uri: `${issuer}jwks`,
    userinfo_endpoint: `${issuer}userinfo`,
    response_types_supported: ['code'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['RS256'],
  };
}

function idTokenOf({ issuer, claims, nonce, signature }: ForgingProvider): string {
  const now = Math.floor(Date.now() / 1000);
  const right = { iss: issuer, aud: FORGING_CLIENT.clientId, sub: 'mallory', iat: now, exp: now + 300, nonce };
  const alg = { right: 'RS256', 'other key': 'RS256', none: 'none', 'client secret': 'HS256' }[signature];
  const parts = [
    { alg, kid: 'k' },
    { ...right, ...claims },
  ].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'));
  const input = parts.join('.');
  const signatures = {
    right: () => rsa(input, KEYS.privateKey),
    'other key': () => rsa(input, OTHER_KEYS.privateKey),
    none: () => '',
    'client secret': () => createHmac('sha256', FORGING_CLIENT.clientSecret).update(input).digest('base64url'),
  };
  return `${input}.${signatures[signature]()}`;
}

function rsa(input: string, key: KeyObject): string {
  return sign('sha256', Buffer.from(input), key).toString('base64url');
}
