import { CALLBACK_PATH } from '../../access/callback-path.ts';
import { key, optionalKey } from './config-key.ts';
import { callbackUrl, issuerUrl, roleRules, secretLine } from './oidc-kinds.ts';
import { duration, path, text, textList } from './value-kinds.ts';

/** Log-in of people by an identity provider. */
export const OIDC_KEYS = {
  'auth.oidc.issuer': optionalKey(issuerUrl, {
    shown: 'none: people log in with tokens',
    comment:
      'Identity provider that people log in with (OpenID Connect): what stands before /.well-known/openid-configuration, as in https://id.example.com/realms/main. Needs clientId and roles too.',
  }),
  'auth.oidc.clientId': optionalKey(text, {
    shown: 'none',
    comment: `Name under which this Tidewatch is registered there, with the redirect address https://NAME${CALLBACK_PATH}.`,
  }),
  'auth.oidc.clientSecret': optionalKey(secretLine, {
    shown: 'none: a public client',
    comment: 'Its secret. Better in a file of its own, or in the variable.',
  }),
  'auth.oidc.clientSecretFile': optionalKey(path, {
    shown: 'none',
    comment: 'File that holds the secret, in one line. Read at the start.',
  }),
  'auth.oidc.redirectUrl': optionalKey(callbackUrl, {
    shown: 'the address that the browser calls',
    comment: `Where the provider sends browsers back to, as it is registered there. Needed behind a proxy that does TLS, which Tidewatch does not see: https://tidewatch.example.com${CALLBACK_PATH}; and on a unix socket.`,
  }),
  'auth.oidc.scopes': key(textList, {
    fallback: ['profile', 'email'],
    shown: 'profile, email',
    comment:
      'What is asked for beside openid. Some providers tell groups only when asked for the scope groups: [profile, email, groups].',
  }),
  'auth.oidc.roles': optionalKey(roleRules, {
    shown: 'none: nobody gets in',
    comment:
      'Who gets in, and as what: rules as { claim: groups, value: [ops, admins], role: operator }, of which the first that matches holds. * in a value stands for any text; a claim within another is written with a dot; email counts only where the provider does not say that it is unverified. owners and labels limit what is seen as with tokens, ownerClaim to workspaces whose owner is what this claim says.',
  }),
  'auth.oidc.providerName': optionalKey(text, {
    shown: 'the issuer’s host',
    comment: 'What people call the provider: the page says “Log in with …”.',
  }),
  'auth.oidc.sessionLifetime': key(duration('5m', '30d'), {
    fallback: 12 * 3_600_000,
    shown: '12h',
    comment:
      'How long such a session lasts. What changes at the provider holds from the next log-in on, so at the latest after this time.',
  }),
};
