/** What the last line of the checks (test/guest/checks.ts) says; `null` of every other line. */
export function outcomeOf(line: string): 'passed' | 'failed' | null {
  const [, passed, failed] = /^(\d+) passed, (\d+) failed/.exec(line) ?? [];
  if (passed === undefined) return null;
  // Nothing passed where nothing could be checked.
  return failed === '0' && passed !== '0' ? 'passed' : 'failed';
}
