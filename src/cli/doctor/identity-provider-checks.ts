import { CALLBACK_PATH } from '../../access/callback-path.ts';
import { probeProvider } from '../../api/oidc/identity-provider.ts';
import type { Config } from '../../daemon/config/keys.ts';
import { loadConfig } from '../../daemon/config/load-config.ts';
import { systemClock } from '../../runtime/clock.ts';
import type { CliIo } from '../io.ts';
import { type Check, fail, ok } from './check.ts';

/** Whether the identity provider that is configured here can be used; nothing where none is. */
export async function identityProviderChecks(place: Pick<CliIo, 'env' | 'cwd' | 'home'>): Promise<Check[]> {
  const config = configOf(place);
  const issuer = config?.['auth.oidc.issuer'] ?? null;
  if (config === null || issuer === null) return [];
  const name = 'identity provider';
  const problem = await probeProvider(issuer, systemClock);
  if (problem === null) return [ok(name, `${issuer}; registered there must be ${callbackOf(config)}`)];
  const advice = 'People cannot log in by it until it answers; auth.oidc.issuer must be what it calls itself.';
  return [fail(name, `${issuer}: ${problem}`, advice)];
}

/** What is wrong with it is told by another check. */
function configOf(place: Pick<CliIo, 'env' | 'cwd' | 'home'>): Config | null {
  try {
    return loadConfig(place).config;
  } catch {
    return null;
  }
}

function callbackOf({ 'auth.oidc.redirectUrl': redirectUrl }: Config): string {
  return redirectUrl ?? `the address of Tidewatch as browsers call it, with ${CALLBACK_PATH}`;
}
