import type { RoleRule } from '../../access/role-rules.ts';

/** Log-in by an identity provider that speaks OpenID Connect, as it is configured. */
export interface OidcOptions {
  /** https, or http on this machine. */
  readonly issuer: string;
  readonly clientId: string;
  /** `null`: a public client, which proves itself by PKCE alone. */
  readonly clientSecret: string | null;
  /** Where the provider sends browsers back to; `null`: this server as the browser calls it. */
  readonly redirectUrl: string | null;
  /** `openid` is asked for in any case. */
  readonly scopes: readonly string[];
  /** What people call the provider. */
  readonly providerName: string;
  /** Who gets in, and as what; the first that matches holds. */
  readonly rules: readonly RoleRule[];
  /** A session lasts this long. */
  readonly sessionMs: number;
}
