import type { WorkspaceId } from '../../model/workspace.ts';
import type { WorkspaceFilter } from './workspace-filter.ts';

/** A workspace's row; `null`: it has none any more, and not everybody was told yet. */
export type Change<R> = readonly [id: WorkspaceId, row: R | null];

/** Makes of changes what is sent; `isFirst`: they are all there is. `null`: nothing to send. */
export type Render<R, F> = (changes: readonly Change<R>[], isFirst: boolean) => F | null;

/**
 * A row for each workspace, with the version in which it changed. A reader is only a number, the version it has seen, and
 * readers who have seen the same get the same frame, made once.
 */
export class ChangeTable<R, F> {
  readonly #render: Render<R, F>;
  readonly #rows = new Map<WorkspaceId, { readonly row: R | null; readonly version: number }>();
  readonly #frames = new Map<string, F | null>();
  #version = 0;

  constructor(render: Render<R, F>) {
    this.#render = render;
  }

  /** Grows with each {@link ChangeTable.advance}. */
  get version(): number {
    return this.#version;
  }

  /** What is set from now on is of a new version. */
  advance(): void {
    this.#version += 1;
    this.#frames.clear();
  }

  ids(): Iterable<WorkspaceId> {
    return this.#rows.keys();
  }

  get(id: WorkspaceId): R | null | undefined {
    return this.#rows.get(id)?.row;
  }

  set(id: WorkspaceId, row: R | null): void {
    this.#rows.set(id, { row, version: this.#version });
  }

  /** What changed after a version, as a frame; after 0 all there is. */
  after(version: number, filter: WorkspaceFilter | null): F | null {
    const key = `${version} ${filter?.key ?? ''}`;
    let frame = this.#frames.get(key);
    if (frame === undefined) {
      const changes = this.changesAfter(version).filter(([id]) => filter === null || filter.accepts(id));
      frame = this.#render(changes, version === 0);
      this.#frames.set(key, frame);
    }
    return frame;
  }

  changesAfter(version: number): Change<R>[] {
    const changes: Change<R>[] = [];
    for (const [id, { row, version: changed }] of this.#rows) {
      if (version === 0 ? row !== null : changed > version) changes.push([id, row]);
    }
    return changes;
  }

  /** Everybody has seen this version: those who had no row by then are forgotten. */
  pruneGone(version: number): void {
    for (const [id, { row, version: changed }] of this.#rows) {
      if (row === null && changed <= version) this.#rows.delete(id);
    }
  }

  /** Everybody has seen this version, and nobody will ask for all there is: what changed by then is forgotten. */
  pruneSeen(version: number): void {
    for (const [id, { version: changed }] of this.#rows) if (changed <= version) this.#rows.delete(id);
  }

  clear(): void {
    this.#rows.clear();
    this.#frames.clear();
  }
}
