import type { OidcOptions } from '../api/oidc/oidc-options.ts';
import { TidewatchError } from '../model/errors.ts';
import type { ListenAddress } from '../runtime/listen-address.ts';
import type { Logger } from '../runtime/logger.ts';
import type { Config } from './config/keys.ts';
import { readSecretFile } from './secret-file.ts';

/** Log-in by an identity provider as it is configured; `null` without one. Throws `config_invalid`. Asks the provider nothing. */
export function oidcOptions(config: Config, address: ListenAddress, logger: Logger): OidcOptions | null {
  const { 'auth.oidc.issuer': issuer, 'auth.oidc.clientId': clientId, 'auth.oidc.redirectUrl': redirectUrl } = config;
  if (issuer === null || clientId === null) return null;
  if (address.kind === 'unix' && redirectUrl === null) {
    throw new TidewatchError(
      'config_invalid',
      'auth.oidc.redirectUrl: needed on a unix socket, whose name no browser knows',
    );
  }
  if (redirectUrl === null && config.allowedHosts.length > 0 && config['tls.cert'] === null) {
    const hint =
      'browsers that log in by the identity provider come back by http://; behind a proxy with TLS set auth.oidc.redirectUrl';
    logger.warn(hint, { allowedHosts: config.allowedHosts });
  }
  logger.info('people log in by an identity provider', {
    issuer,
    redirectUrl: redirectUrl ?? 'as browsers call this server',
  });
  return {
    issuer,
    clientId,
    clientSecret: secretOf(config),
    redirectUrl,
    scopes: config['auth.oidc.scopes'],
    providerName: config['auth.oidc.providerName'] ?? new URL(issuer).host,
    rules: config['auth.oidc.roles'] ?? [],
    sessionMs: config['auth.oidc.sessionLifetime'],
  };
}

function secretOf({ 'auth.oidc.clientSecret': secret, 'auth.oidc.clientSecretFile': file }: Config): string | null {
  return file === null ? secret : readSecretFile('auth.oidc.clientSecretFile', file);
}
