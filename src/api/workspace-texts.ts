import type { Freshness, WorkspaceId, WorkspaceState } from '../model/workspace.ts';
import { Document } from './document.ts';
import { metricsJson } from './workspace-json.ts';

/** A state as JSON, in the pieces it is put together from. */
interface Written {
  readonly state: WorkspaceState;
  /** Another one for each state, in the order they were met. */
  readonly version: number;
  /** All but freshness and figures, which change often; without the closing brace. */
  readonly steady: Buffer;
  readonly freshness: string;
  readonly figures: string;
  answer: Document | null;
}

/**
 * Workspaces as JSON, written once for each state: a state never changes, another one is another object. Of one whose
 * figures alone changed only these are written anew. Of each workspace the last one stays: a map that is weak would
 * take the garbage collector longer than writing all of it.
 */
export class WorkspaceTexts {
  readonly #written = new Map<WorkspaceId, Written>();
  #freshness: { readonly of: Freshness | null; readonly text: string } = { of: null, text: '' };
  #versions = 0;

  /** The state as an answer, as `workspaceJson` has it. */
  answer(state: WorkspaceState): Document {
    const written = this.#of(state);
    const { steady, freshness, figures } = written;
    written.answer ??= new Document(`${steady.toString()}${freshness}${figures}`);
    return written.answer;
  }

  /** How many bytes {@link WorkspaceTexts.write} takes. */
  bytes(state: WorkspaceState): number {
    const { steady, freshness, figures } = this.#of(state);
    return steady.length + freshness.length + figures.length;
  }

  /** Writes the same into a buffer; gives where it ends. */
  write(state: WorkspaceState, into: Buffer, at: number): number {
    const { steady, freshness, figures } = this.#of(state);
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

  /** There is no such workspace any more. */
  forget(id: WorkspaceId): void {
    this.#written.delete(id);
  }

  #of(state: WorkspaceState): Written {
    const before = this.#written.get(state.workspaceId);
    if (before?.state === state) return before;
    this.#versions += 1;
    const written: Written = {
      state,
      version: this.#versions,
      steady: before !== undefined && isSameBeside(before.state, state) ? before.steady : steadyBytes(state),
      freshness: this.#freshnessText(state.freshness),
      figures: before?.state.metrics === state.metrics && before !== undefined ? before.figures : figuresText(state),
      answer: null,
    };
    this.#written.set(state.workspaceId, written);
    return written;
  }

  /** All workspaces have the same one, as a rule. */
  #freshnessText(freshness: Freshness): string {
    if (this.#freshness.of !== freshness) {
      this.#freshness = { of: freshness, text: `,"freshness":${ascii(JSON.stringify(freshness))}` };
    }
    return this.#freshness.text;
  }
}

function steadyBytes({ workspaceId, freshness: _, metrics: __, ...rest }: WorkspaceState): Buffer {
  return Buffer.from(JSON.stringify({ id: workspaceId, ...rest }).slice(0, -1));
}

function figuresText({ metrics }: WorkspaceState): string {
  return metrics === null ? ',"metrics":null}' : `,"metrics":${ascii(JSON.stringify(metricsJson(metrics)))}}`;
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
