import type { WorkspaceContainer } from '../../src/model/container.ts';
import type { WorkspaceMetrics } from '../../src/model/workspace.ts';
import type { ChurnedContainer, ChurnedContainers } from './churned-containers.ts';

/** A workspace as somebody showed it. */
export interface ShownWorkspace {
  readonly id: string;
  readonly metrics: WorkspaceMetrics | null;
  readonly containers: readonly Pick<WorkspaceContainer, 'state'>[];
}

/** In one of these a container has processes. */
const ALIVE: ReadonlySet<string> = new Set(['running', 'paused', 'stopping']);

/** Instants are shown in whole ms, and counted by two clocks. */
const EPSILON_MS = 5;

/** Shortest time between two readings at an interval of a second. */
const SHORTEST_S = 0.45;

/** Holds what is shown of churned containers against what is known of them. */
export class ChurnVerdict {
  /** What was wrong, in words; each once for a container. */
  readonly #faults = new Map<string, string>();
  /** Looks at a workspace, and those of them that had figures. */
  readonly counts = { looks: 0, withFigures: 0 };
  mostCpu = 0;
  readonly #containers: ChurnedContainers;

  get faults(): readonly string[] {
    return [...this.#faults.values()];
  }

  constructor(containers: ChurnedContainers) {
    this.#containers = containers;
  }

  /** Looks at what was shown, which is here since now. */
  look(shown: ShownWorkspace): void {
    const container = this.#containers.all.get(shown.id);
    if (container === undefined) return;
    this.counts.looks += 1;
    const { metrics } = shown;
    if (metrics === null) return;
    this.counts.withFigures += 1;
    this.mostCpu = Math.max(this.mostCpu, metrics.cpuPercent ?? 0);
    const states = shown.containers.map(({ state }) => state);
    const isAlive = states.some((state) => ALIVE.has(state));
    const wrong = [
      ...(isAlive ? [] : [`has figures while its container is ${states.join()}`]),
      ...falseInstants(container, metrics),
      ...falseAmounts(container, metrics),
    ];
    for (const fault of wrong) this.#tell(container, fault, metrics);
  }

  #tell({ name, askedAt, startedAt, goneAt }: ChurnedContainer, fault: string, metrics: WorkspaceMetrics): void {
    const known = { askedAt, startedAt, goneAt, now: Date.now() };
    const what = `${name} ${fault}`;
    if (!this.#faults.has(what)) this.#faults.set(what, `${what}: ${JSON.stringify({ ...known, metrics })}`);
  }
}

/** Figures of a run that was over, or of the run before. */
function falseInstants({ askedAt, startedAt, goneAt }: ChurnedContainer, metrics: WorkspaceMetrics): string[] {
  const sampledAt = Date.parse(metrics.sampledAt);
  if (goneAt !== null && sampledAt > goneAt + EPSILON_MS) return ['was read after it was gone'];
  const isNewRun = startedAt !== null && sampledAt > startedAt + EPSILON_MS;
  const longest = (Date.now() - askedAt + EPSILON_MS) / 1000;
  return isNewRun && metrics.uptime > longest ? ['runs longer than since it was started'] : [];
}

/** More than the container can have done, in all or at once. */
function falseAmounts({ load }: ChurnedContainer, metrics: WorkspaceMetrics): string[] {
  const { cpuPercent, networkRxMB, networkTxMB, networkRxRate, networkTxRate } = metrics;
  const wrong: string[] = [];
  if ((cpuPercent ?? 0) > load.mostCpu) wrong.push(`uses more than ${load.mostCpu} % of a core`);
  const { mostSentMB } = load;
  if (mostSentMB === null) {
    const traffic = [networkRxMB, networkTxMB, networkRxRate, networkTxRate];
    if (traffic.some((figure) => figure !== null)) wrong.push('has no network, but traffic');
    return wrong;
  }
  if ((networkTxMB ?? 0) > mostSentMB) wrong.push(`sent more than ${mostSentMB} MB`);
  const mostRate = (mostSentMB * 1e6) / SHORTEST_S;
  if ((networkTxRate ?? 0) > mostRate) wrong.push(`sends more than ${mostRate} bytes a second`);
  return wrong;
}
