import { execFile } from 'node:child_process';

/** Runs Docker's command line against one engine: gives standard output without its last newline, rejects with what went wrong. */
export type DockerCli = (...args: readonly string[]) => Promise<string>;

/** On a busy machine runc gives up freezing a container whose processes do not stop in time; nothing was changed then. */
const FREEZE_ATTEMPTS = 5;

/**
 * A command line bound to `host`: the user's own contexts, TLS settings and configuration play no part. With `null` they
 * decide, as always.
 */
export function createDockerCli(host: string | null, timeoutMs = 120_000): DockerCli {
  const env = host === null ? process.env : dockerEnvironment(host);
  const once: DockerCli = (...args) =>
    new Promise((resolve, reject) => {
      execFile('docker', args, { env, timeout: timeoutMs, maxBuffer: 64 << 20 }, (error, stdout, stderr) => {
        if (error) reject(new Error(`docker ${args.join(' ')}: ${stderr.trim() || error.message}`, { cause: error }));
        else resolve(stdout.trimEnd());
      });
    });
  return async (...args) => {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await once(...args);
      } catch (error) {
        if (attempt === FREEZE_ATTEMPTS || !String(error).includes('unable to freeze')) throw error;
      }
    }
  };
}

/** The environment in which Docker's command line talks to `host` and to nothing else. */
export function dockerEnvironment(host: string): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !name.startsWith('DOCKER_'));
  return { ...Object.fromEntries(kept), DOCKER_HOST: host, DOCKER_CONFIG: '/nonexistent', LC_ALL: 'C' };
}
