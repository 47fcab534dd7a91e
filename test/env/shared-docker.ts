import { randomBytes } from 'node:crypto';
import { describe, inject } from 'vitest';
import { createDockerCli, type DockerCli } from './docker-cli.ts';
import type { Obstacle } from './obstacles.ts';

declare module 'vitest' {
  interface ProvidedContext {
    docker: { readonly obstacle: Obstacle; readonly host: string; readonly socketPath: string };
  }
}

/** The engine that all test files share. Everybody's containers are in it: look only at those of your own prefix. */
export interface SharedDocker {
  readonly host: string;
  readonly socketPath: string;
  readonly docker: DockerCli;
}

/** The shared engine; for use inside {@link describeDocker}. */
export function sharedDocker(): SharedDocker {
  const { obstacle, host, socketPath } = inject('docker');
  if (obstacle !== null) throw new Error(`there is no Docker Engine: ${obstacle}`);
  return { host, socketPath, docker: createDockerCli(host) };
}

/** A suite that needs Docker; where there is none it is skipped, and its name says why. */
export function describeDocker(name: string, suite: () => void): void {
  describeUnless(inject('docker').obstacle, name, suite);
}

/** A suite that is skipped when something stands in its way; then its name says what. */
export function describeUnless(obstacle: Obstacle, name: string, suite: () => void): void {
  describe.skipIf(obstacle !== null)(obstacle === null ? name : `${name} [skipped: ${obstacle}]`, suite);
}

/** A prefix for names and label values that no other test uses, as in `t3f9ac21b`. */
export function freshPrefix(): string {
  return `t${randomBytes(4).toString('hex')}`;
}
