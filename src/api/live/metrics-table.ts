import type { WorkspaceId, WorkspaceMetrics } from '../../model/workspace.ts';
import { toIso } from '../../runtime/iso.ts';
import { metricsJson } from '../workspace-json.ts';

/** What changed at one instant, as text made once for all who get it. */
export class MetricsFrame {
  /** `{"at":…,"samples":[…]}`, see the contract. */
  readonly json: string;
  #event: Buffer | undefined;

  constructor(json: string) {
    this.json = json;
  }

  /** As a server-sent event. It has no id: the place to resume from stays that of the events. */
  get event(): Buffer {
    this.#event ??= Buffer.from(`event: metrics\ndata: ${this.json}\n\n`);
    return this.#event;
  }
}

interface Row {
  /** `null`: it has no figures any more, and not everybody was told yet. */
  readonly metrics: WorkspaceMetrics | null;
  readonly sample: string;
  /** When it changed. */
  readonly version: number;
}

/** These grow by themselves: no figure of the workspace has changed. */
const PASSING: ReadonlySet<string> = new Set<keyof WorkspaceMetrics>(['uptime', 'sampledAt']);

/** The newest figures, each serialised once, with the version in which it changed: a reader is only a number. */
export class MetricsTable {
  readonly #rows = new Map<WorkspaceId, Row>();
  readonly #frames = new Map<string, MetricsFrame | null>();
  #version = 0;
  #at = '';

  /** Grows with each {@link MetricsTable.update}. */
  get version(): number {
    return this.#version;
  }

  /** Takes what all use now, an instant in epoch ms; who is missing has no figures any more. */
  update(current: ReadonlyMap<WorkspaceId, WorkspaceMetrics>, now: number): void {
    this.#version += 1;
    this.#at = toIso(now);
    this.#frames.clear();
    for (const [id, metrics] of current) this.#set(id, metricsJson(metrics));
    for (const id of this.#rows.keys()) if (!current.has(id)) this.#set(id, null);
  }

  /** What changed after a version, of one workspace or all; `null` when nothing did. After 0: all there is. */
  after(version: number, workspace: WorkspaceId | null): MetricsFrame | null {
    const key = `${version} ${workspace ?? ''}`;
    let frame = this.#frames.get(key);
    if (frame === undefined) {
      frame = this.#frame(version, workspace);
      this.#frames.set(key, frame);
    }
    return frame;
  }

  /** Everybody has seen this version: those who had no figures by then are forgotten. */
  prune(version: number): void {
    for (const [id, row] of this.#rows) if (row.metrics === null && row.version <= version) this.#rows.delete(id);
  }

  clear(): void {
    this.#rows.clear();
    this.#frames.clear();
  }

  #set(workspaceId: WorkspaceId, metrics: WorkspaceMetrics | null): void {
    const before = this.#rows.get(workspaceId);
    if (before !== undefined && isSame(before.metrics, metrics)) return;
    const sample = JSON.stringify({ workspaceId, metrics });
    this.#rows.set(workspaceId, { metrics, sample, version: this.#version });
  }

  #frame(version: number, workspace: WorkspaceId | null): MetricsFrame | null {
    const samples: string[] = [];
    for (const [id, row] of this.#rows) {
      const isNews = version === 0 ? row.metrics !== null : row.version > version;
      if (isNews && (workspace === null || workspace === id)) samples.push(row.sample);
    }
    // The first frame tells, empty too, that nothing else has figures.
    if (samples.length === 0 && version > 0) return null;
    return new MetricsFrame(`{"at":"${this.#at}","samples":[${samples.join(',')}]}`);
  }
}

function isSame(before: WorkspaceMetrics | null, now: WorkspaceMetrics | null): boolean {
  if (before === null || now === null) return before === now;
  const fields = Object.keys(now) as (keyof WorkspaceMetrics)[];
  // A shorter uptime is another run.
  return now.uptime >= before.uptime && fields.every((field) => PASSING.has(field) || before[field] === now[field]);
}
