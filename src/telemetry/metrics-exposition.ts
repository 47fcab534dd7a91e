import type { WorkspaceId, WorkspaceState, WorkspaceStatus } from '../model/workspace.ts';
import type { Clock } from '../runtime/clock.ts';
import { FamilyLines, labelText, TEXT_END, TEXT_MEDIA_TYPES, type TextFormat } from './metrics-text.ts';
import { CENSUS_FAMILIES, type Census, OWN_FAMILIES, type OwnFacts } from './own-families.ts';
import { RunningTotals } from './running-totals.ts';
import { WORKSPACE_FAMILIES, type WorkspaceFacts } from './workspace-families.ts';

/** May the holder of a token know of that workspace? `null`: of all. */
export type WorkspaceScope = ((workspaceId: WorkspaceId) => boolean) | null;

/** Where the figures come from. */
export interface ExpositionSources {
  readonly workspaces: {
    getWorkspaceIds(): readonly WorkspaceId[];
    getWorkspaceState(id: WorkspaceId): WorkspaceState | undefined;
  };
  own(): OwnFacts;
}

export interface ExpositionOptions {
  readonly sources: ExpositionSources;
  readonly clock: Clock;
  /** So many workspaces are told of at most; those that run come first. */
  readonly maxWorkspaces: number;
}

/** Others have their turn after so many ms of work. */
const SLICE_MS = 4;
/** Looking at the clock costs as much as a line. */
const WORKSPACES_BETWEEN_LOOKS = 8;

/** Two scrapers, or one that asks too often, cost one text. */
const KEPT_MS = 1_000;

interface Kept {
  /** Monotonic ms. */
  readonly at: number;
  readonly text: Promise<MetricsText>;
}

/** A text that is ready to be sent. */
export interface MetricsText {
  readonly mediaType: string;
  readonly body: Buffer;
}

/** All figures of now as text for Prometheus, made in slices that never hold the event loop for long. */
export class MetricsExposition {
  readonly #options: ExpositionOptions;
  readonly #totals = new RunningTotals();
  readonly #kept = new Map<TextFormat, Kept>();

  constructor(options: ExpositionOptions) {
    this.#options = options;
  }

  /** The text, up to a second old. With a scope it tells of workspaces within it alone, and nothing of Tidewatch itself. */
  text(format: TextFormat, scope: WorkspaceScope = null): Promise<MetricsText> {
    if (scope !== null) return this.#render(format, scope);
    const now = this.#options.clock.monotonic();
    const kept = this.#kept.get(format);
    if (kept !== undefined && now - kept.at < KEPT_MS) return kept.text;
    const text = this.#render(format, null);
    this.#kept.set(format, { at: now, text });
    text.catch(() => this.#kept.delete(format));
    return text;
  }

  async #render(format: TextFormat, scope: WorkspaceScope): Promise<MetricsText> {
    const slices = new Slices(this.#options.clock);
    const lines = new FamilyLines<WorkspaceFacts>(WORKSPACE_FAMILIES, format);
    const census = await this.#addWorkspaces(lines, scope, slices);
    const counts = new FamilyLines<Census>(CENSUS_FAMILIES, format);
    counts.add(census);
    const pieces: Buffer[] = [];
    if (scope === null) {
      const own = new FamilyLines<OwnFacts>(OWN_FAMILIES, format);
      own.add(this.#options.sources.own());
      pieces.push(...own.pieces());
    }
    await slices.next();
    pieces.push(...counts.pieces(), ...lines.pieces(), Buffer.from(TEXT_END[format]));
    return { mediaType: TEXT_MEDIA_TYPES[format], body: Buffer.concat(pieces) };
  }

  async #addWorkspaces(lines: FamilyLines<WorkspaceFacts>, scope: WorkspaceScope, slices: Slices): Promise<Census> {
    const { workspaces } = this.#options.sources;
    const all = workspaces.getWorkspaceIds();
    this.#totals.keepOnly(new Set(all));
    const byStatus = new Map<WorkspaceStatus, number>();
    const told = await this.#choose(scope === null ? all : all.filter(scope), slices);
    let looked = 0;
    for (const id of told.ids) {
      const state = workspaces.getWorkspaceState(id);
      if (state !== undefined) {
        byStatus.set(state.status, (byStatus.get(state.status) ?? 0) + 1);
        lines.add({ state, totals: this.#totals.take(state) }, labelText('workspace', id));
      }
      looked += 1;
      if (looked % WORKSPACES_BETWEEN_LOOKS === 0) await slices.next();
    }
    for (const [status, count] of told.leftOut) byStatus.set(status, (byStatus.get(status) ?? 0) + count);
    return { byStatus, leftOut: [...told.leftOut.values()].reduce((sum, count) => sum + count, 0) };
  }

  /** Where there are too many, those that run stay: their figures are what is looked at. */
  async #choose(ids: readonly WorkspaceId[], slices: Slices): Promise<Choice> {
    const { sources, maxWorkspaces } = this.#options;
    if (ids.length <= maxWorkspaces) return { ids, leftOut: new Map() };
    const byStatus = new Map<WorkspaceStatus, WorkspaceId[]>([
      ['active', []],
      ['inactive', []],
      ['archived', []],
    ]);
    for (const id of ids) {
      const state = sources.workspaces.getWorkspaceState(id);
      if (state !== undefined) byStatus.get(state.status)?.push(id);
      await slices.next();
    }
    const chosen: WorkspaceId[] = [];
    const leftOut = new Map<WorkspaceStatus, number>();
    for (const [status, some] of byStatus) {
      const room = maxWorkspaces - chosen.length;
      chosen.push(...some.slice(0, room));
      if (some.length > room) leftOut.set(status, some.length - room);
    }
    return { ids: chosen, leftOut };
  }
}

interface Choice {
  readonly ids: readonly WorkspaceId[];
  readonly leftOut: ReadonlyMap<WorkspaceStatus, number>;
}

/** Work in pieces, between which others have their turn. */
class Slices {
  readonly #clock: Clock;
  #beganAt: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#beganAt = clock.monotonic();
  }

  /** Gives others their turn when this one lasted long enough. */
  async next(): Promise<void> {
    if (this.#clock.monotonic() - this.#beganAt < SLICE_MS) return;
    await this.#clock.yieldTurn();
    this.#beganAt = this.#clock.monotonic();
  }
}
