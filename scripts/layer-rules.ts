import type { ImportEdge } from './import-graph.ts';
import { EMPTY_NAMES, RESTRICTIONS, ROOMS, type Room } from './layers.ts';

/** The room of a file; `undefined` outside of the house. */
export function roomOf(file: string): Room | undefined {
  return ROOMS.filter((room) => inside(file, room.path)).toSorted((a, b) => b.path.length - a.path.length)[0];
}

/** Why an import is not allowed; `null` when it is. */
export function forbidden({ from, to }: ImportEdge): string | null {
  const source = roomOf(from);
  const target = roomOf(to);
  if (source && !target)
    return `${to} is no room of the house: tests, benchmarks and scripts import it, not the other way`;
  if (!source || !target || source.name === target.name) return null;
  if (isTest(from)) return forbiddenInTest(from, to);
  if (target.layer > source.layer) {
    return `${source.name} (layer ${source.layer}) may not import ${target.name} (layer ${target.layer}): imports point down`;
  }
  if (target.layer === source.layer)
    return `${source.name} and ${target.name} are siblings and do not import each other`;
  for (const rule of RESTRICTIONS) {
    if (rule.from !== source.name || rule.to !== target.name) continue;
    if (rule.except?.includes(from) || rule.only.some((allowed) => inside(to, allowed))) continue;
    const allowed = rule.only.length === 0 ? 'nothing' : rule.only.join(', ');
    return `${source.name} may import ${allowed} of ${target.name}: ${rule.because}`;
  }
  return null;
}

// A test may bring its subject together with anything below it, and with the fake engine.
function forbiddenInTest(from: string, to: string): string | null {
  const source = roomOf(from);
  const target = roomOf(to);
  if (!source || !target || target.layer < source.layer || inside(to, 'src/engine/fake/')) return null;
  return `a test of ${source.name} may not import ${target.name}: put what crosses rooms into test/`;
}

/** A folder or file name that says nothing; `null` when all names of the path are fine. */
export function emptyName(file: string): string | null {
  const names = file.split('/').map((name) => name.replace(/\..*$/, ''));
  return names.find((name) => EMPTY_NAMES.test(name)) ?? null;
}

/** Tests and contract suites. */
export function isTest(file: string): boolean {
  return /\.(test|contract)\.tsx?$/.test(file);
}

function inside(file: string, place: string): boolean {
  return place.endsWith('/') ? file.startsWith(place) : file === place;
}
