import type { Freshness, WorkspaceMetrics, WorkspaceState } from '../model/workspace.ts';
import { Document } from './document.ts';
import { metricsJson } from './workspace-json.ts';

/** A state as JSON, in the pieces it is put together from. */
interface Written {
  /** Another one for each state, in the order they were met. */
  readonly version: number;
  pieces: Pieces | null;
  answer: Document | null;
}

interface Pieces {
  /** All but freshness and figures, which change often; without the closing brace. */
  readonly steady: Buffer;
  readonly freshness: string;
  readonly figures: string;
  readonly bytes: number;
}

interface Steady {
  readonly state: WorkspaceState;
  readonly bytes: Buffer;
}

/**
 * Workspaces as JSON, written once for each state: a state never changes, another one is another object. Of one whose
 * figures alone changed only these are written anew. What nobody holds any more is forgotten.
 */
export class WorkspaceTexts {
  readonly #written = new WeakMap<WorkspaceState, Written>();
  /** By what seldom changes and each state has of its own; the rest of it is compared. */
  readonly #steady = new WeakMap<WorkspaceState['containers'], Steady>();
  readonly #figures = new WeakMap<WorkspaceMetrics, string>();
  readonly #freshness = new WeakMap<Freshness, string>();
  #versions = 0;

  /** The state as an answer, as `workspaceJson` has it. */
  answer(state: WorkspaceState): Document {
    const written = this.#of(state);
    if (written.answer === null) {
      const { steady, freshness, figures } = this.#pieces(state);
      written.answer = new Document(`${steady.toString()}${freshness}${figures}`);
    }
    return written.answer;
  }

  /** How many bytes {@link WorkspaceTexts.write} takes. */
  bytes(state: WorkspaceState): number {
    return this.#pieces(state).bytes;
  }

  /** Writes the same into a buffer; gives where it ends. */
  write(state: WorkspaceState, into: Buffer, at: number): number {
    const { steady, freshness, figures } = this.#pieces(state);
    into.set(steady, at);
    let end = at + steady.length;
    // Instants, words of ours and numbers alone.
    end += into.write(freshness, end, 'latin1');
    return end + into.write(figures, end, 'latin1');
  }

  /** The same number means the same text. */
  version(state: WorkspaceState): number {
    return this.#of(state).version;
  }

  #of(state: WorkspaceState): Written {
    let written = this.#written.get(state);
    if (written === undefined) {
      this.#versions += 1;
      written = { version: this.#versions, pieces: null, answer: null };
      this.#written.set(state, written);
    }
    return written;
  }

  #pieces(state: WorkspaceState): Pieces {
    const written = this.#of(state);
    if (written.pieces === null) {
      const steady = this.#steadyBytes(state);
      const freshness = this.#freshnessText(state.freshness);
      const figures = this.#figuresText(state.metrics);
      written.pieces = { steady, freshness, figures, bytes: steady.length + freshness.length + figures.length };
    }
    return written.pieces;
  }

  #steadyBytes(state: WorkspaceState): Buffer {
    const known = this.#steady.get(state.containers);
    if (known !== undefined && isSameBeside(known.state, state)) return known.bytes;
    const { workspaceId, freshness: _, metrics: __, ...rest } = state;
    const bytes = Buffer.from(JSON.stringify({ id: workspaceId, ...rest }).slice(0, -1));
    this.#steady.set(state.containers, { state, bytes });
    return bytes;
  }

  #freshnessText(freshness: Freshness): string {
    let text = this.#freshness.get(freshness);
    if (text === undefined) {
      text = `,"freshness":${ascii(JSON.stringify(freshness))}`;
      this.#freshness.set(freshness, text);
    }
    return text;
  }

  #figuresText(metrics: WorkspaceMetrics | null): string {
    if (metrics === null) return ',"metrics":null}';
    let text = this.#figures.get(metrics);
    if (text === undefined) {
      text = `,"metrics":${ascii(JSON.stringify(metricsJson(metrics)))}}`;
      this.#figures.set(metrics, text);
    }
    return text;
  }
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: all of ASCII
const BEYOND_ASCII = /[^\x00-\x7f]/g;

/** JSON of the same meaning, of which each character is a byte. Nothing of ours has others. */
function ascii(json: string): string {
  return json.replace(BEYOND_ASCII, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** Equal in all fields but freshness and figures; what is no text or number must be the same object. */
function isSameBeside(a: WorkspaceState, b: WorkspaceState): boolean {
  for (const name in a) {
    const field = name as keyof WorkspaceState;
    if (a[field] !== b[field] && field !== 'freshness' && field !== 'metrics') return false;
  }
  return true;
}
