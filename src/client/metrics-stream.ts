import type { MetricsFrameJson } from '../api/contract/usage-schemas.ts';
import type { WorkspaceId, WorkspaceMetrics } from '../model/workspace.ts';
import type { ClientOptions } from './client-request.ts';
import { type ConnectionOptions, readStream } from './stream-connection.ts';

export interface MetricsStreamOptions extends ConnectionOptions {
  /** Only this workspace; it need not exist yet. */
  readonly workspace?: string;
}

/** Workspaces whose figures changed since the frame before. */
export interface MetricsFrame extends MetricsFrameJson {
  /** The first frame of a connection has all there is: workspaces that are not in it have no figures. */
  readonly isComplete: boolean;
}

/**
 * What workspaces use, each second what changed; meanwhile the daemon reads them as often. A lost connection is made again
 * and begins with a complete frame. A reader that is slow misses frames, not what they told: the next one has it.
 */
export async function* streamMetrics(
  options: ClientOptions,
  { workspace, ...connection }: MetricsStreamOptions,
): AsyncGenerator<MetricsFrame, void> {
  const query = { types: 'none', workspace, metrics: true };
  let isFirst = true;
  for await (const block of readStream(options, connection, () => query)) {
    if (block === 'open') isFirst = true;
    else if (block.name === 'metrics' && block.data !== undefined) {
      const frame = decodeFrame(JSON.parse(block.data), isFirst);
      isFirst = false;
      if (frame !== undefined) yield frame;
    }
  }
}

/** A frame as it came; `undefined` when it is none. */
export function decodeFrame(value: unknown, isComplete: boolean): MetricsFrame | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { at, samples } = value as Partial<MetricsFrameJson>;
  return typeof at === 'string' && Array.isArray(samples) ? { at, samples, isComplete } : undefined;
}

/** The figures of all workspaces that have some, after a frame. */
export function mergeFrame(
  before: ReadonlyMap<WorkspaceId, WorkspaceMetrics>,
  { samples, isComplete }: MetricsFrame,
): ReadonlyMap<WorkspaceId, WorkspaceMetrics> {
  const after = new Map(isComplete ? [] : before);
  for (const { workspaceId, metrics } of samples) {
    if (metrics === null) after.delete(workspaceId);
    else after.set(workspaceId, metrics);
  }
  return after;
}
