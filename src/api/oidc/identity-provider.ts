import type { ClientAuth, Configuration } from 'openid-client';
import type { Clock } from '../../runtime/clock.ts';
import { failureOf } from './login-failure.ts';
import type { LoginState } from './login-state.ts';
import type { OidcOptions } from './oidc-options.ts';
import type { PersonClaims } from './people.ts';
import { providerFetch } from './provider-fetch.ts';

/** What the provider says of itself is asked for again when it is so old. */
const DISCOVERY_MS = 60 * 60_000;

/** One step of a log-in. */
export interface LoginStep {
  readonly login: LoginState;
  /** Where the provider sends the browser to; in the second step with what it added. */
  readonly callback: URL;
}

/** The provider. Every call rejects with what the library throws when it does not answer, or not as it must. */
export interface IdentityProvider {
  /** Where to send the browser. */
  authorizationUrl(step: LoginStep): Promise<URL>;
  /** What the provider vouches for, of who came back with a code; of both its answers, the signed one counts more. */
  claims(step: LoginStep): Promise<PersonClaims>;
}

/** The provider by its issuer. Nothing is asked of it before somebody logs in, and again after that has failed. */
export function createIdentityProvider(options: OidcOptions, clock: Clock): IdentityProvider {
  let known: { readonly configuration: Promise<Configuration>; readonly until: number } | undefined;

  function configured(): Promise<Configuration> {
    if (known !== undefined && clock.monotonic() < known.until) return known.configuration;
    const configuration = discover(options, clock);
    const found = { configuration, until: clock.monotonic() + DISCOVERY_MS };
    known = found;
    configuration.catch(() => {
      if (known === found) known = undefined;
    });
    return configuration;
  }

  return {
    async authorizationUrl({ login, callback }) {
      const { buildAuthorizationUrl, calculatePKCECodeChallenge } = await library();
      return buildAuthorizationUrl(await configured(), {
        redirect_uri: callback.href,
        scope: [...new Set(['openid', ...options.scopes])].join(' '),
        state: login.state,
        nonce: login.nonce,
        code_challenge: await calculatePKCECodeChallenge(login.verifier),
        code_challenge_method: 'S256',
      });
    },
    async claims({ login, callback }) {
      const { authorizationCodeGrant, fetchUserInfo } = await library();
      const configuration = await configured();
      const tokens = await authorizationCodeGrant(configuration, callback, {
        expectedState: login.state,
        expectedNonce: login.nonce,
        pkceCodeVerifier: login.verifier,
        idTokenExpected: true,
      });
      const claims = tokens.claims();
      if (claims === undefined) throw new Error('the provider gave no id token');
      if (configuration.serverMetadata().userinfo_endpoint === undefined) return claims;
      const more = await fetchUserInfo(configuration, tokens.access_token, claims.sub);
      return { ...more, ...claims };
    },
  };
}

/** Asks the provider for what it says of itself; gives why it cannot be used, in one line, or `null`. */
export async function probeProvider(issuer: string, clock: Clock): Promise<string | null> {
  try {
    await discover({ issuer, clientId: 'unused', clientSecret: null }, clock);
    return null;
  } catch (error) {
    return failureOf(error, null).reason;
  }
}

/** Read when somebody logs in: most daemons have no provider. */
function library() {
  return import('openid-client');
}

type Client = Pick<OidcOptions, 'issuer' | 'clientId' | 'clientSecret'>;

async function discover(options: Client, clock: Clock): Promise<Configuration> {
  const { allowInsecureRequests, customFetch, discovery, enableNonRepudiationChecks } = await library();
  const issuer = new URL(options.issuer);
  const isPlain = issuer.protocol === 'http:';
  return discovery(issuer, options.clientId, undefined, await clientAuth(options), {
    // Signatures are looked at too, though the answer came from the provider itself.
    execute: [enableNonRepudiationChecks, ...(isPlain ? [allowInsecureRequests] : [])],
    [customFetch]: providerFetch(clock),
  });
}

/** In the header, as is usual, unless the provider takes it in the body alone. */
async function clientAuth({ clientId, clientSecret }: Client): Promise<ClientAuth> {
  const { ClientSecretPost, None } = await library();
  if (clientSecret === null) return None();
  const post = ClientSecretPost(clientSecret);
  // The library's own encodes every sign that is no letter or digit. That is right too, but some providers do not decode.
  const pair = [clientId, clientSecret].map(encodeURIComponent).join(':');
  const basic = `Basic ${Buffer.from(pair).toString('base64')}`;
  return (server, ...rest) => {
    const { token_endpoint_auth_methods_supported: methods = ['client_secret_basic'] } = server;
    const [, , headers] = rest;
    if (methods.includes('client_secret_basic')) headers.set('authorization', basic);
    else post(server, ...rest);
  };
}
