import { IMAGE } from '../../test/env/busybox-image.ts';
import type { DockerCli } from '../../test/env/docker-cli.ts';
import { DEMO_LABEL, NAME_PREFIX, PAUSED_NOW_AND_THEN, SAMPLES, type SampleContainer } from './samples.ts';

/** Starts all sample containers. */
export async function startSamples(docker: DockerCli): Promise<void> {
  for (const container of SAMPLES.flatMap((sample) => sample.containers)) await docker(...runArguments(container));
}

function runArguments({ name, labels = {}, options = [], script }: SampleContainer): string[] {
  const labelOptions = Object.entries(labels).map(([key, value]) => `--label=${key}=${value}`);
  const fixed = ['run', '--detach', '--network=none', `--name=${NAME_PREFIX}${name}`, `--label=${DEMO_LABEL}`];
  return [...fixed, ...labelOptions, ...options, IMAGE, 'sh', '-c', script];
}

/** Keeps the demo moving until the signal aborts: one workspace is paused for ten seconds of every thirty. */
export async function live(docker: DockerCli, signal: AbortSignal): Promise<void> {
  const name = `${NAME_PREFIX}${PAUSED_NOW_AND_THEN}`;
  while (!signal.aborted) {
    await wait(20_000, signal);
    if (signal.aborted) return;
    // The user may stop or remove a sample: the demo goes on with the others.
    await docker('pause', name).catch(() => undefined);
    await wait(10_000, signal);
    await docker('unpause', name).catch(() => undefined);
  }
}

/** Resolves after `ms` or when the signal aborts. */
export function wait(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done);
    if (signal.aborted) done();
  });
}
