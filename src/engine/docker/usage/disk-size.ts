import type { ContainerDiskSize, DiskSizeSource } from '../../disk-size.ts';
import type { EngineInfo } from '../../engine.ts';
import { asArray, asObject, asText } from '../json-value.ts';
import { isOlder } from '../negotiate.ts';
import { asAmount } from './usage-amount.ts';

const VOLUMES_MOST = 10_000;
const MOUNTS_MOST = 64;
const NAME_MOST = 512;

/** From here on the engine measures volumes alone; before, images and build cache with them. */
const VOLUMES_ALONE_FROM = '1.42';

export interface DiskSizeOptions {
  spoken(signal: AbortSignal): Promise<Pick<EngineInfo, 'apiVersion'>>;
  /** The answer to a path as parsed JSON; `undefined` when there is no such container. Rejects with TidewatchError `engine_*`. */
  ask(path: string, signal: AbortSignal): Promise<unknown>;
}

/** Asks the engine for the size of writable layers and volumes. */
export function createDiskSizeSource({ spoken, ask }: DiskSizeOptions): DiskSizeSource {
  return {
    async ofContainer(containerId, signal) {
      const answer = await ask(`/containers/${encodeURIComponent(containerId)}/json?size=1`, signal);
      return answer === undefined ? null : decodeContainerSize(answer);
    },
    async ofVolumes(signal) {
      const { apiVersion } = await spoken(signal);
      const query = isOlder(apiVersion, VOLUMES_ALONE_FROM) ? '' : '?type=volume';
      return decodeVolumeSizes(await ask(`/system/df${query}`, signal));
    },
  };
}

function decodeContainerSize(answer: unknown): ContainerDiskSize {
  const source = asObject(answer);
  const volumes = asArray(source?.Mounts)
    .slice(0, MOUNTS_MOST)
    .map(asObject)
    .flatMap((mount) => (mount?.Type === 'volume' ? (asText(mount.Name, NAME_MOST) ?? []) : []));
  return { writableBytes: asAmount(source?.SizeRw), volumes };
}

function decodeVolumeSizes(answer: unknown): ReadonlyMap<string, number> {
  const sizes = new Map<string, number>();
  for (const volume of asArray(asObject(answer)?.Volumes).slice(0, VOLUMES_MOST).map(asObject)) {
    const name = asText(volume?.Name, NAME_MOST);
    // Drivers that cannot tell give -1.
    const bytes = asAmount(asObject(volume?.UsageData)?.Size);
    if (name !== null && !Number.isNaN(bytes)) sizes.set(name, bytes);
  }
  return sizes;
}
