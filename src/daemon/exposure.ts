import { TidewatchError } from '../model/errors.ts';
import { isLoopbackHost, type ListenAddress } from '../runtime/listen-address.ts';
import type { Logger } from '../runtime/logger.ts';
import type { Config } from './config/keys.ts';

/**
 * Refuses to serve other machines what they could read on the way, unless that is asked for; then says so in the log. Throws
 * `config_invalid`.
 */
export function checkExposure(config: Config, address: ListenAddress, logger: Logger): void {
  const hasTls = config['tls.cert'] !== null;
  if (address.kind === 'unix') {
    if (!hasTls) return;
    throw new TidewatchError('config_invalid', 'tls.cert: a unix socket needs no TLS; take tls.cert and tls.key out');
  }
  if (hasTls || isLoopbackHost(address.host)) return;
  if (config.allowPlainHttp) {
    const warning = 'serving beyond this machine without TLS: whoever is on the way can read and use the tokens';
    logger.warn(warning, { listen: config.listen });
    return;
  }
  throw new TidewatchError(
    'config_invalid',
    `listen: ${config.listen} is reached from other machines, and without TLS tokens can be read on the way. Give tls.cert and tls.key, listen on 127.0.0.1, or set allowPlainHttp: true where something else protects the way (a proxy with TLS, a container's own network)`,
  );
}
