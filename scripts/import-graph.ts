import { posix } from 'node:path';

/** One import of a project file by another. Paths are relative to the project's root, with `/`. */
export interface ImportEdge {
  readonly from: string;
  readonly to: string;
  /** Leaves nothing at run time (`import type`, `export type`). */
  readonly typeOnly: boolean;
}

// Top-level statements begin in the first column: the formatter sees to that, and examples in comments do not.
const STATEMENT = /^(?:import|export)\b([^'";]*?)\bfrom\s*['"]([^'"]+)['"]/gm;
const SIDE_EFFECT = /^import\s*['"]([^'"]+)['"]/gm;
const DYNAMIC = /\bimport\(\s*['"]([^'"]+)['"]\s*\)/g;

/** The project files that a source text imports; packages are left out. */
export function importsOf(file: string, source: string): ImportEdge[] {
  const edges: ImportEdge[] = [];
  const add = (specifier: string | undefined, typeOnly: boolean) => {
    if (!specifier?.startsWith('.')) return;
    edges.push({ from: file, to: posix.join(posix.dirname(file), specifier), typeOnly });
  };
  for (const [, clause = '', specifier] of source.matchAll(STATEMENT))
    add(specifier, /^\s*type\b(?!\s*,)/.test(clause));
  for (const [, specifier] of source.matchAll(SIDE_EFFECT)) add(specifier, false);
  for (const [, specifier] of source.matchAll(DYNAMIC)) add(specifier, false);
  return edges;
}

/** Import cycles at run time, each as the list of its files; every strongly connected group is told once. */
export function findCycles(edges: readonly ImportEdge[]): string[][] {
  const next = new Map<string, string[]>();
  for (const { from, to, typeOnly } of edges) {
    if (!typeOnly) next.set(from, [...(next.get(from) ?? []), to]);
  }
  const cycles: string[][] = [];
  const done = new Set<string>();
  for (const start of [...next.keys()].toSorted()) {
    if (done.has(start)) continue;
    const cycle = pathBackTo(start, next);
    if (cycle) {
      cycles.push(cycle);
      for (const file of cycle) done.add(file);
    }
  }
  return cycles;
}

/** Shortest way from `start` back to itself. */
function pathBackTo(start: string, next: ReadonlyMap<string, readonly string[]>): string[] | undefined {
  const cameFrom = new Map<string, string>();
  const queue = [start];
  for (const file of queue) {
    for (const target of next.get(file) ?? []) {
      if (target === start) return trace(file, start, cameFrom);
      if (cameFrom.has(target)) continue;
      cameFrom.set(target, file);
      queue.push(target);
    }
  }
  return undefined;
}

function trace(last: string, start: string, cameFrom: ReadonlyMap<string, string>): string[] {
  const path = [last];
  for (let file = last; file !== start; path.unshift(file)) file = cameFrom.get(file) ?? start;
  return path;
}
