import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import Provider from 'oidc-provider';

export const CLIENT = { clientId: 'tidewatch', clientSecret: 'a-secret-of-the-client-alone' };

/** What the provider knows of its people, by the name they log in with. */
export type Accounts = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** A certified provider on loopback. Its log-in page asks for a name and nothing else. */
export interface RealProvider {
  readonly issuer: string;
  /** Lets Tidewatch in, at this address, which is known only when it listens. */
  register(callback: string): void;
  close(): Promise<void>;
}

/** Starts it on a free port. `name`: of loopback, by which browsers call it; by another one than Tidewatch it is another site. */
export async function startProvider(accounts: Accounts, name = '127.0.0.1'): Promise<RealProvider> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const issuer = `http://${name}:${(server.address() as AddressInfo).port}`;
  return {
    issuer,
    register(callback) {
      server.removeAllListeners('request');
      server.on('request', handlerOf(providerOf({ issuer, accounts, callback })));
    },
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

function handlerOf(provider: Provider) {
  const callback = provider.callback();
  return (request: IncomingMessage, response: ServerResponse) => {
    const isOurs = request.url?.startsWith('/interaction/') === true;
    const answer = isOurs ? logIn(provider, request, response) : callback(request, response);
    answer.catch((error: unknown) => response.writeHead(500).end(String(error)));
  };
}

interface ProviderParts {
  readonly issuer: string;
  readonly accounts: Accounts;
  readonly callback: string;
}

function providerOf({ issuer, accounts, callback }: ProviderParts): Provider {
  return new Provider(issuer, {
    clients: [{ client_id: CLIENT.clientId, client_secret: CLIENT.clientSecret, redirect_uris: [callback] }],
    pkce: { required: () => true },
    claims: {
      openid: ['sub'],
      email: ['email', 'email_verified'],
      profile: ['preferred_username'],
      groups: ['groups'],
    },
    scopes: ['openid', 'email', 'profile', 'groups'],
    cookies: { keys: ['for tests alone'] },
    findAccount: (_context: unknown, id: string) => ({ accountId: id, claims: () => ({ sub: id, ...accounts[id] }) }),
    loadExistingGrant,
    features: { devInteractions: { enabled: false } },
    ttl: { Interaction: 600, Grant: 600, Session: 600, AccessToken: 600, IdToken: 600 },
    interactions: { url: (_context: unknown, { uid }: { uid: string }) => `/interaction/${uid}` },
  });
}

/** Nobody is asked whether Tidewatch may know their claims. */
async function loadExistingGrant({ oidc }: GrantContext): Promise<unknown> {
  const grant = new oidc.provider.Grant({ clientId: oidc.client.clientId, accountId: oidc.session.accountId });
  grant.addOIDCScope('openid email profile groups');
  await grant.save();
  return grant;
}

interface GrantContext {
  readonly oidc: {
    readonly client: { readonly clientId: string };
    readonly session: { readonly accountId: string };
    readonly provider: {
      readonly Grant: new (of: object) => { addOIDCScope(scope: string): void; save(): Promise<string> };
    };
  };
}

const PAGE = `<!doctype html><title>Provider</title><form method="post"><input name="login" autofocus><button>Continue</button>
<button name="abort" value="yes">Cancel</button></form>`;

async function logIn(provider: Provider, request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (request.method !== 'POST') return void response.writeHead(200, { 'content-type': 'text/html' }).end(PAGE);
  const form = new URLSearchParams(await text(request));
  const refusal = { error: 'access_denied', error_description: '<b>they</b> did not want to' };
  const result = form.has('abort') ? refusal : { login: { accountId: form.get('login') } };
  await provider.interactionFinished(request, response, result);
}
