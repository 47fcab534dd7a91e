import { systemClock } from '../../runtime/clock.ts';
import { containerRow, rowHealth } from './container-json.ts';
import type { Dialect } from './engine-event.ts';
import type { FakeContainer } from './fake-container.ts';
import { type Filters, hasLabels } from './filters.ts';

/** What a `GET /containers/json` asks for. */
export interface ListQuery {
  readonly all: boolean;
  /** 0 is without limit. */
  readonly limit: number;
  readonly filters: Filters;
  /** With the health object of API 1.52. */
  readonly withHealth: boolean;
}

/** Filters of the list that this engine knows. */
export const LIST_FILTERS: readonly string[] = ['label', 'status', 'health', 'name', 'id'];

/** The rows of the list. Each is rendered once and kept until its container changes. */
export class ListView {
  /** For so long after a change the list shows what was before, as Docker's does; ms. */
  lagMs = 0;
  readonly #dialect: Dialect;
  readonly #rows = new Map<string, string>();
  readonly #before = new Map<string, { shown: FakeContainer | null; until: number }>();

  constructor(dialect: Dialect) {
    this.#dialect = dialect;
  }

  /** To be called before a container changes. */
  changing(container: FakeContainer, how: 'appears' | 'changes' | 'goes'): void {
    this.#rows.delete(container.id);
    if (this.lagMs === 0) return;
    const at = systemClock.monotonic();
    const before = this.#before.get(container.id);
    if (before && before.until > at) return;
    this.#before.set(container.id, { shown: how === 'appears' ? null : { ...container }, until: at + this.lagMs });
  }

  /** Rows, newest container first. `now` is the engine's clock. */
  rows(containers: readonly FakeContainer[], query: ListQuery, now: number): string[] {
    const shown = this.#shown(containers).filter((container) => isListed(container, query));
    const limited = query.limit > 0 ? shown.slice(0, query.limit) : shown;
    return limited.map((container) => {
      const row = this.#row(container, now);
      if (!query.withHealth || container.health === 'none') return row;
      return `${row.slice(0, -1)},"Health":${JSON.stringify(rowHealth(container))}}`;
    });
  }

  #shown(containers: readonly FakeContainer[]): FakeContainer[] {
    const newestFirst = containers.toReversed();
    if (this.#before.size === 0) return newestFirst;
    const at = systemClock.monotonic();
    for (const [id, { until }] of this.#before) if (until <= at) this.#before.delete(id);
    const there = new Set(containers.map(({ id }) => id));
    const gone = [...this.#before.values()].filter(({ shown }) => shown !== null && !there.has(shown.id));
    return [...gone.map(({ shown }) => shown), ...newestFirst.map((container) => this.#asBefore(container))].filter(
      (container) => container !== null,
    );
  }

  #asBefore(container: FakeContainer): FakeContainer | null {
    const before = this.#before.get(container.id);
    return before ? before.shown : container;
  }

  #row(container: FakeContainer, now: number): string {
    if (this.#before.has(container.id)) return containerRow(container, this.#dialect, now);
    let row = this.#rows.get(container.id);
    if (row === undefined) {
      row = containerRow(container, this.#dialect, now);
      this.#rows.set(container.id, row);
    }
    return row;
  }
}

function isListed(container: FakeContainer, { all, limit, filters }: ListQuery): boolean {
  const { state } = container;
  const alive = state === 'running' || state === 'paused' || state === 'restarting';
  const states = filters.get('status') ?? [];
  if (!all && limit === 0 && states.length === 0 && !alive) return false;
  const health = filters.get('health') ?? [];
  const names = filters.get('name') ?? [];
  const ids = filters.get('id') ?? [];
  return (
    (states.length === 0 || states.includes(state)) &&
    (health.length === 0 || health.includes(container.health)) &&
    (names.length === 0 || names.some((name) => container.name.includes(name))) &&
    (ids.length === 0 || ids.some((id) => container.id.startsWith(id))) &&
    hasLabels(container.labels, filters.get('label'))
  );
}
