/**
 * The valid name a mistyped one most likely stands for; `undefined` when none is near. Case does not count, and the last
 * part of a dotted name may stand for the whole (`syncInterval` → `tracker.syncInterval`).
 */
export function nearestName(wrong: string, names: readonly string[]): string | undefined {
  if (wrong.length > 64) return undefined;
  const typed = wrong.toLowerCase();
  // Two slips, or a third of a longer name: more would guess.
  const allowed = Math.max(2, Math.floor(typed.length / 3));
  let best: { name: string; distance: number } | undefined;
  for (const name of names) {
    const distance = Math.min(editDistance(typed, name.toLowerCase()), editDistance(typed, lastPart(name)) + 1);
    if (distance <= allowed && distance < name.length && distance < (best?.distance ?? Infinity)) {
      best = { name, distance };
    }
  }
  return best?.name;
}

/** `; did you mean "x"?`, or nothing. */
export function hintAt(wrong: string, names: readonly string[]): string {
  const name = nearestName(wrong, names);
  return name === undefined ? '' : `; did you mean ${name}?`;
}

function lastPart(name: string): string {
  return name.slice(name.lastIndexOf('.') + 1).toLowerCase();
}

/** Insertions, deletions, substitutions and swaps of neighbours that turn one text into the other. */
function editDistance(from: string, to: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let row = 1; row <= from.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= to.length; column += 1) {
      const isSame = from[row - 1] === to[column - 1];
      const change = at(last, column - 1) + (isSame ? 0 : 1);
      let distance = Math.min(change, at(last, column) + 1, at(current, column - 1) + 1);
      if (row > 1 && column > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1]) {
        distance = Math.min(distance, at(beforeLast, column - 2) + 1);
      }
      current.push(distance);
    }
    beforeLast = last;
    last = current;
  }
  return at(last, to.length);
}

function at(row: readonly number[], column: number): number {
  return row[column] ?? Infinity;
}
