import { stripVTControlCharacters } from 'node:util';

/** The part of vitest's JSON report that is used. */
export interface TestReport {
  readonly success: boolean;
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly message: string;
    readonly assertionResults: readonly {
      readonly fullName: string;
      readonly status: string;
      readonly failureMessages: readonly string[] | null;
    }[];
  }[];
}

/** Lists skipped and failed tests and ends with the counts, as in `123 passed, 0 failed, 4 skipped`. */
export function renderSummary(report: TestReport | null, root: string): { text: string; failed: number } {
  if (report === null) return { text: 'the test run ended without a report\n0 passed, 1 failed', failed: 1 };
  const skipped: string[] = [];
  const failures: string[] = [];
  let passed = 0;
  for (const file of report.testResults) {
    const path = file.name.replace(root, '');
    let failedHere = 0;
    for (const test of file.assertionResults) {
      if (test.status === 'passed') passed += 1;
      else if (test.status === 'failed') {
        failedHere += 1;
        failures.push(`${path} › ${test.fullName}\n${indent(test.failureMessages?.[0] ?? '')}`);
      } else skipped.push(`${path} › ${test.fullName}`);
    }
    // A file that does not load has no tests to count; it must not look like success.
    if (file.status === 'failed' && failedHere === 0) failures.push(`${path}\n${indent(file.message)}`);
  }
  if (!report.success && failures.length === 0) failures.push('an error outside of any test; see the output above');
  const counts = `${passed} passed, ${failures.length} failed`;
  const lines = [
    ...list('skipped', skipped),
    ...list('failed', failures),
    skipped.length > 0 ? `${counts}, ${skipped.length} skipped` : counts,
  ];
  return { text: lines.join('\n'), failed: failures.length };
}

function list(title: string, entries: readonly string[]): string[] {
  return entries.length === 0 ? [] : [`${title}:`, ...entries.map((entry) => `  ${entry}`)];
}

/** The message and the place in our own code, without escape sequences and the depths of the stack. */
function indent(message: string): string {
  const lines = stripVTControlCharacters(message).split('\n');
  const said = lines.filter((line) => !/^\s*at /.test(line)).slice(0, 12);
  const place = lines.find((line) => /^\s*at .*\.ts/.test(line) && !line.includes('node_modules'));
  return [...said, ...(place ? [place.trim()] : [])].map((line) => `      ${line}`).join('\n');
}
