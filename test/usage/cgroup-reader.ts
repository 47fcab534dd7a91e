import { onTestFinished } from 'vitest';
import { createCgroupSource } from '../../src/engine/cgroup/cgroup-source.ts';
import {
  createUsageFrame,
  USAGE,
  type UsageField,
  type UsageReader,
  type UsageTarget,
} from '../../src/engine/usage.ts';
import { IMAGE } from '../env/busybox-image.ts';
import type { DockerCli } from '../env/docker-cli.ts';

/** A container for the running test, removed when it ends. Without a network unless `options` give it one. */
export async function startContainer(
  docker: DockerCli,
  options: readonly string[],
  ...command: string[]
): Promise<string> {
  const network = options.some((option) => option.startsWith('--network')) ? [] : ['--network=none'];
  const id = await docker('run', '--detach', ...network, ...options, IMAGE, ...command);
  onTestFinished(async () => {
    await docker('rm', '--force', id).catch(() => undefined);
  });
  return id;
}

/** Opens a reader of a running container on this machine; throws in words when it is refused. */
export async function openUsage(
  docker: DockerCli,
  containerId: string,
  network: UsageTarget['network'] = 'none',
): Promise<UsageReader> {
  const pid = Number(await docker('inspect', '--format={{.State.Pid}}', containerId));
  const source = createCgroupSource();
  onTestFinished(() => source.close());
  const reader = await source.open({ containerId, pid, network }, new AbortController().signal);
  if ('refused' in reader) throw new Error(reader.refused);
  return reader;
}

export type Usage = Readonly<Record<UsageField, number>>;

/** Reads everything into a frame of its own; throws when the run is over. */
export function readAll(reader: UsageReader): Usage {
  const frame = createUsageFrame();
  if (reader.read(frame, 'full') !== true) throw new Error('the run is over');
  return Object.fromEntries(Object.entries(USAGE).map(([field, place]) => [field, frame[place]])) as Usage;
}
