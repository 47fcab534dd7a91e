import { createDockerEngine } from '../../src/engine/docker/docker-engine.ts';
import type { EngineLimits } from '../../src/engine/docker/engine-limits.ts';
import type { Engine } from '../../src/engine/engine.ts';
import {
  createUsageFrame,
  USAGE,
  type UsageField,
  type UsageReader,
  type UsageTarget,
} from '../../src/engine/usage.ts';

/** A client of an engine, and the source that asks the engine for what containers use. */
export interface OpenUsage extends AsyncDisposable {
  readonly engine: Engine;
  open(containerId: string, network?: UsageTarget['network']): Promise<UsageReader>;
  openTarget(target: UsageTarget): Promise<UsageReader>;
}

export async function openUsage(host: string, limits: Partial<EngineLimits> = {}): Promise<OpenUsage> {
  const engine = createDockerEngine({ host, limits });
  await engine.connect();
  const source = engine.usage?.();
  if (source === undefined) throw new Error('this engine tells no usage');
  async function openTarget(target: UsageTarget): Promise<UsageReader> {
    const reader = await source!.open(target, new AbortController().signal);
    if ('refused' in reader) throw new Error(reader.refused);
    return reader;
  }
  return {
    engine,
    openTarget,
    open: (containerId, network = 'own') => openTarget({ containerId, pid: 0, network }),
    async [Symbol.asyncDispose]() {
      source.close();
      await engine.close();
    },
  };
}

/** Reads once; gives the figures by name. Throws when the run is over. */
export async function readUsage(reader: UsageReader): Promise<Readonly<Record<UsageField, number>>> {
  const frame = createUsageFrame();
  if (!(await reader.read(frame, 'full'))) throw new Error('its run is over');
  const named = Object.entries(USAGE).map(([field, place]) => [field, frame[place]]);
  return Object.fromEntries(named) as Record<UsageField, number>;
}
