import type { ConfigKey } from './keys.ts';

/** Where each key stands that was given, right or wrong. */
type Places = ReadonlyMap<ConfigKey, string>;

/** What is wrong with keys that are right each for itself, one line each. */
export function contradictions(places: Places): string[] {
  return [...engineProblems(places), ...tlsProblems(places), ...oidcProblems(places)];
}

function engineProblems(places: Places): string[] {
  const [host, context] = [places.get('engine.host'), places.get('engine.context')];
  if (host === undefined || context === undefined) return [];
  return [`${context}: engine.context: not together with engine.host (${host}); take one of them out`];
}

function tlsProblems(places: Places): string[] {
  return (['engine.tls', 'tls'] as const).flatMap((section) => {
    const [cert, key] = [places.get(`${section}.cert`), places.get(`${section}.key`)];
    if ((cert === undefined) === (key === undefined)) return [];
    return [`${cert ?? key}: ${section}: cert and key belong together; only one of them is given`];
  });
}

const OIDC_NEEDED = {
  'auth.oidc.issuer': 'the address of the identity provider, as in https://id.example.com/realms/main',
  'auth.oidc.clientId': 'the name under which this Tidewatch is registered at the identity provider',
  'auth.oidc.roles':
    'rules of who gets in, as in [{ claim: groups, value: ops, role: operator }]; without one nobody does',
} as const;

function oidcProblems(places: Places): string[] {
  const given = [...places].find(([key]) => key.startsWith('auth.oidc.'));
  if (given === undefined) return [];
  const where = places.get('auth.oidc.issuer') ?? given[1];
  const missing = (Object.keys(OIDC_NEEDED) as (keyof typeof OIDC_NEEDED)[]).filter((key) => !places.has(key));
  const problems = missing.map((key) => `${where}: ${key}: missing; give ${OIDC_NEEDED[key]}`);
  const [secret, file] = [places.get('auth.oidc.clientSecret'), places.get('auth.oidc.clientSecretFile')];
  if (secret === undefined || file === undefined) return problems;
  return [
    ...problems,
    `${file}: auth.oidc.clientSecretFile: not together with clientSecret (${secret}); take one of them out`,
  ];
}
