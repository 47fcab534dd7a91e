import type { WorkspaceId, WorkspaceMetrics } from '../../model/workspace.ts';
import { toIso } from '../../runtime/iso.ts';
import { metricsJson } from '../workspace-json.ts';
import { type Change, ChangeTable } from './change-table.ts';
import { sentEvent } from './sent-event.ts';
import { textFrame } from './text-frame.ts';
import type { WorkspaceFilter } from './workspace-filter.ts';

/** What changed at one instant, as text made once for all who get it. */
export class MetricsFrame {
  /** `{"at":…,"samples":[…]}`, see the contract. */
  readonly json: string;
  #event: Buffer | undefined;
  #message: Buffer | undefined;

  constructor(json: string) {
    this.json = json;
  }

  /** As a server-sent event. It has no id: the place to resume from stays that of the events. */
  get event(): Buffer {
    this.#event ??= Buffer.from(sentEvent('metrics', this.json));
    return this.#event;
  }

  /** As a WebSocket message. */
  get message(): Buffer {
    this.#message ??= textFrame(`{"type":"metrics",${this.json.slice(1)}`);
    return this.#message;
  }
}

interface Row {
  readonly metrics: WorkspaceMetrics;
  readonly sample: string;
}

/** These grow by themselves: no figure of the workspace has changed. */
const PASSING: ReadonlySet<string> = new Set<keyof WorkspaceMetrics>(['uptime', 'sampledAt']);

/** The newest figures, each serialised once, with the version in which it changed: a reader is only a number. */
export class MetricsTable {
  readonly #table = new ChangeTable<Row, MetricsFrame>((changes, isFirst) => this.#frame(changes, isFirst));
  #at = '';

  /** Grows with each {@link MetricsTable.update}. */
  get version(): number {
    return this.#table.version;
  }

  /** Takes what all use now, an instant in epoch ms; who is missing has no figures any more. */
  update(current: ReadonlyMap<WorkspaceId, WorkspaceMetrics>, now: number): void {
    this.#table.advance();
    this.#at = toIso(now);
    for (const [id, metrics] of current) this.#set(id, metricsJson(metrics));
    for (const id of this.#table.ids()) {
      if (!current.has(id) && this.#table.get(id) !== null) this.#table.set(id, null);
    }
  }

  /** What changed after a version; `null` when nothing did. After 0: all there is. */
  after(version: number, filter: WorkspaceFilter | null): MetricsFrame | null {
    return this.#table.after(version, filter);
  }

  /** Everybody has seen this version: those who had no figures by then are forgotten. */
  prune(version: number): void {
    this.#table.pruneGone(version);
  }

  clear(): void {
    this.#table.clear();
  }

  #set(workspaceId: WorkspaceId, metrics: WorkspaceMetrics): void {
    const before = this.#table.get(workspaceId);
    if (before && isSame(before.metrics, metrics)) return;
    this.#table.set(workspaceId, { metrics, sample: JSON.stringify({ workspaceId, metrics }) });
  }

  #frame(changes: readonly Change<Row>[], isFirst: boolean): MetricsFrame | null {
    // The first frame tells, empty too, that nothing else has figures.
    if (changes.length === 0 && !isFirst) return null;
    const samples = changes.map(([id, row]) => row?.sample ?? JSON.stringify({ workspaceId: id, metrics: null }));
    return new MetricsFrame(`{"at":"${this.#at}","samples":[${samples.join(',')}]}`);
  }
}

function isSame(before: WorkspaceMetrics, now: WorkspaceMetrics): boolean {
  const fields = Object.keys(now) as (keyof WorkspaceMetrics)[];
  // A shorter uptime is another run.
  return now.uptime >= before.uptime && fields.every((field) => PASSING.has(field) || before[field] === now[field]);
}
