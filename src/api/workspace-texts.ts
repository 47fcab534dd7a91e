import type { Freshness, WorkspaceMetrics, WorkspaceState } from '../model/workspace.ts';
import { Document } from './document.ts';
import { round } from './workspace-json.ts';

/** A state as JSON. */
interface Written {
  /** Another one for each state, in the order they were met. */
  readonly version: number;
  text: string | null;
  answer: Document | null;
}

/** All of a state but its freshness and figures, which change often. */
interface Steady {
  readonly state: WorkspaceState;
  /** Without the closing brace. */
  readonly text: string;
}

/**
 * Workspaces as JSON, written once for each state: a state never changes, another one is another object. Of one whose
 * figures alone changed only these are written anew. What nobody holds any more is forgotten.
 */
export class WorkspaceTexts {
  readonly #written = new WeakMap<WorkspaceState, Written>();
  readonly #steady = new WeakMap<WorkspaceState['containers'], Steady>();
  readonly #figures = new WeakMap<WorkspaceMetrics, string>();
  readonly #freshness = new WeakMap<Freshness, string>();
  #versions = 0;

  /** The state as JSON, as `workspaceJson` has it. */
  text(state: WorkspaceState): string {
    const written = this.#of(state);
    written.text ??= this.#write(state);
    return written.text;
  }

  /** The same as an answer. */
  answer(state: WorkspaceState): Document {
    const written = this.#of(state);
    written.answer ??= new Document(this.text(state));
    return written.answer;
  }

  /** The same number means the same text. */
  version(state: WorkspaceState): number {
    return this.#of(state).version;
  }

  #of(state: WorkspaceState): Written {
    let written = this.#written.get(state);
    if (written === undefined) {
      this.#versions += 1;
      written = { version: this.#versions, text: null, answer: null };
      this.#written.set(state, written);
    }
    return written;
  }

  #write(state: WorkspaceState): string {
    const { freshness, metrics } = state;
    return `${this.#steadyText(state)},"freshness":${this.#freshnessText(freshness)},"metrics":${this.#figuresText(metrics)}}`;
  }

  #steadyText(state: WorkspaceState): string {
    const known = this.#steady.get(state.containers);
    if (known !== undefined && isSameBeside(known.state, state)) return known.text;
    const { workspaceId, freshness: _, metrics: __, ...rest } = state;
    const text = JSON.stringify({ id: workspaceId, ...rest }).slice(0, -1);
    this.#steady.set(state.containers, { state, text });
    return text;
  }

  #freshnessText(freshness: Freshness): string {
    let text = this.#freshness.get(freshness);
    if (text === undefined) {
      text = JSON.stringify(freshness);
      this.#freshness.set(freshness, text);
    }
    return text;
  }

  #figuresText(metrics: WorkspaceMetrics | null): string {
    if (metrics === null) return 'null';
    let text = this.#figures.get(metrics);
    if (text === undefined) {
      text = figuresText(metrics);
      this.#figures.set(metrics, text);
    }
    return text;
  }
}

/** Figures as JSON, as `metricsJson` has them; each second of thousands of workspaces, so no object is made of them. */
function figuresText(metrics: WorkspaceMetrics): string {
  let text = '{';
  for (const name in metrics) {
    const value = metrics[name as keyof WorkspaceMetrics];
    const separator = text === '{' ? '"' : ',"';
    text += `${separator}${name}":${typeof value === 'number' ? numberText(round(value)) : JSON.stringify(value)}`;
  }
  return `${text}}`;
}

/** JSON has no word for what is no number. */
function numberText(value: number): string {
  return Number.isFinite(value) ? String(value) : 'null';
}

/** Equal in all fields but freshness and figures; what is no text or number must be the same object. */
function isSameBeside(a: WorkspaceState, b: WorkspaceState): boolean {
  for (const name in a) {
    const field = name as keyof WorkspaceState;
    if (a[field] !== b[field] && field !== 'freshness' && field !== 'metrics') return false;
  }
  return true;
}
