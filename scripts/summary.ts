/** Prints what vitest's JSON report tells: skipped tests with reasons, failed tests with messages, and last the counts. */
import { readFileSync } from 'node:fs';
import { renderSummary, type TestReport } from './test-summary.ts';

const file = process.argv[2] ?? '.test/report.json';
let report: TestReport | null = null;
try {
  report = JSON.parse(readFileSync(file, 'utf8')) as TestReport;
} catch {
  // No report: the run itself broke, which the summary counts as a failure.
}
const { text, failed } = renderSummary(report, `${process.cwd()}/`);
console.log(text);
process.exit(failed > 0 ? 1 : 0);
