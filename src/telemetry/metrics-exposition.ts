import type { WorkspaceScope } from '../access/grant.ts';
import type { Clock } from '../runtime/clock.ts';
import { FamilyLines, labelText, TEXT_END, TEXT_MEDIA_TYPES, type TextFormat } from './metrics-text.ts';
import { CENSUS_FAMILIES, type Census, OWN_FAMILIES, type OwnFacts } from './own-families.ts';
import { WORKSPACE_FAMILIES, type WorkspaceFacts } from './workspace-families.ts';
import type { WorkspaceWalk } from './workspace-walk.ts';

export interface ExpositionOptions {
  readonly workspaces: WorkspaceWalk;
  own(): OwnFacts;
  readonly clock: Clock;
}

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

/** All figures of now as text for Prometheus. */
export class MetricsExposition {
  readonly #options: ExpositionOptions;
  readonly #kept = new Map<TextFormat, Kept>();

  constructor(options: ExpositionOptions) {
    this.#options = options;
  }

  /** The text, up to a second old. With a scope it tells of workspaces within it alone, and nothing of Tidewatch itself. */
  text(format: TextFormat, scope: WorkspaceScope | null = null): Promise<MetricsText> {
    if (scope !== null) return this.#render(format, scope);
    const now = this.#options.clock.monotonic();
    const kept = this.#kept.get(format);
    if (kept !== undefined && now - kept.at < KEPT_MS) return kept.text;
    const text = this.#render(format, null);
    this.#kept.set(format, { at: now, text });
    text.catch(() => this.#kept.delete(format));
    return text;
  }

  async #render(format: TextFormat, scope: WorkspaceScope | null): Promise<MetricsText> {
    const { workspaces, own, clock } = this.#options;
    const lines = new FamilyLines<WorkspaceFacts>(WORKSPACE_FAMILIES, format);
    const census = await workspaces.each((facts) => {
      lines.add(facts, labelText('workspace', facts.state.workspaceId));
      return undefined;
    }, scope);
    await clock.yieldTurn();
    const counts = new FamilyLines<Census>(CENSUS_FAMILIES, format);
    counts.add(census);
    const pieces: Buffer[] = [];
    if (scope === null) {
      const self = new FamilyLines<OwnFacts>(OWN_FAMILIES, format);
      self.add(own());
      pieces.push(...self.pieces());
    }
    pieces.push(...counts.pieces(), ...lines.pieces(), Buffer.from(TEXT_END[format]));
    return { mediaType: TEXT_MEDIA_TYPES[format], body: Buffer.concat(pieces) };
  }
}
