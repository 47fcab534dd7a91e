import type { Clock } from '../../runtime/clock.ts';
import { createIdentityProvider, type LoginStep } from './identity-provider.ts';
import { failureOf, type LoginFailure } from './login-failure.ts';
import { createLoginStates } from './login-state.ts';
import type { OidcOptions } from './oidc-options.ts';
import { createPeople, type OidcPeople, type Person, type PersonClaims } from './people.ts';

/** Log-in by an identity provider, without HTTP. */
export interface OidcLogin {
  readonly options: OidcOptions;
  readonly people: OidcPeople;
  /** Where to send the browser, and the cookie to give it. */
  begin(callback: URL): Promise<LoginBegin | LoginFailure>;
  /** The log-in that this browser began and the provider answers to, once; `undefined`: there is none. */
  take(callback: URL, cookies: string | undefined): LoginStep | undefined;
  /** Asks the provider who that is. */
  finish(step: LoginStep): Promise<LoginDone | LoginFailure>;
  /** `Set-Cookie` that ends what was begun. */
  endCookie(callback: URL): string;
}

export interface LoginBegin {
  readonly url: string;
  /** `Set-Cookie` */
  readonly cookie: string;
}

export interface LoginDone {
  readonly person: Person;
  /** What the session holds of them. */
  readonly session: string;
}

export interface OidcLoginParts {
  readonly options: OidcOptions;
  /** The key of what browsers hold meanwhile is made from it. */
  readonly adminToken: string;
  readonly clock: Clock;
}

export function createOidcLogin({ options, adminToken, clock }: OidcLoginParts): OidcLogin {
  const provider = createIdentityProvider(options, clock);
  const states = createLoginStates(adminToken, clock);
  const people = createPeople(options);
  return {
    options,
    people,
    async begin(callback) {
      const { login, cookie } = states.begin(isSecure(callback));
      try {
        return { url: (await provider.authorizationUrl({ login, callback })).href, cookie };
      } catch (error) {
        return { ...failureOf(error, options.clientSecret), trouble: { kind: 'provider_away' } };
      }
    },
    take(callback, cookies) {
      const login = states.take(cookies, callback.searchParams.get('state'));
      return login && { login, callback };
    },
    async finish(step) {
      try {
        const claims = await provider.claims(step);
        const person = people.personOf(claims);
        const { session } = person;
        if (session !== null) return { person, session };
        return { trouble: { kind: 'no_role', detail: person.name }, reason: whyNobody(options, claims), person };
      } catch (error) {
        return failureOf(error, options.clientSecret);
      }
    },
    endCookie: (callback) => states.endCookie(isSecure(callback)),
  };
}

function isSecure({ protocol }: URL): boolean {
  return protocol === 'https:';
}

/** Longest list of what the provider said. */
const CLAIMS_MAX = 1_000;

/** What an administrator needs to write the rule that is missing. */
function whyNobody({ rules }: OidcOptions, claims: PersonClaims): string {
  const asked = new Set(rules.map(({ claim }) => claim.split('.', 1)[0] ?? claim));
  const told = Object.entries(claims).map(([name, value]) =>
    asked.has(name) ? `${name}=${JSON.stringify(value)}` : name,
  );
  return `no rule of auth.oidc.roles matches; claims: ${told.join(', ')}`.slice(0, CLAIMS_MAX);
}
