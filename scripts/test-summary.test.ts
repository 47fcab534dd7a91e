import { expect, test } from 'vitest';
import { renderSummary, type TestReport } from './test-summary.ts';

type File = TestReport['testResults'][number];

const report = (...testResults: File[]): TestReport => ({
  success: testResults.every((file) => file.status === 'passed'),
  testResults,
});

const file = (status: string, ...tests: [string, string, string?][]): File => ({
  name: '/root/src/a.test.ts',
  status,
  message: status === 'failed' ? 'cannot load' : '',
  assertionResults: tests.map(([fullName, result, message]) => ({
    fullName,
    status: result,
    failureMessages: message === undefined ? [] : [message],
  })),
});

test('the last line counts what passed and failed', () => {
  const summary = renderSummary(report(file('passed', ['one', 'passed'], ['two', 'passed'])), '/root/');
  expect(summary).toEqual({ text: '2 passed, 0 failed', failed: 0 });
});

test('skipped tests are listed with the reason in their name, before the counts', () => {
  const { text } = renderSummary(
    report(file('passed', ['x [skipped: no Docker] y', 'skipped'], ['z', 'passed'])),
    '/root/',
  );
  expect(text.split('\n')).toEqual([
    'skipped:',
    '  src/a.test.ts › x [skipped: no Docker] y',
    '1 passed, 0 failed, 1 skipped',
  ]);
});

test('a failed test is told with its message and place, without colours and foreign stack', () => {
  const message = '\u001b[31mexpected 1\u001b[39m\n    at /root/node_modules/x.ts:1:1\n    at /root/src/a.test.ts:7:3';
  const { text, failed } = renderSummary(report(file('failed', ['one', 'failed', message])), '/root/');
  expect(failed).toBe(1);
  expect(text).toContain('src/a.test.ts › one\n      expected 1\n      at /root/src/a.test.ts:7:3\n0 passed, 1 failed');
});

test('a file that does not load, an error outside of tests and a missing report are failures', () => {
  expect(renderSummary(report(file('failed')), '/root/').text).toContain('cannot load\n0 passed, 1 failed');
  expect(renderSummary({ success: false, testResults: [] }, '/root/').failed).toBe(1);
  expect(renderSummary(null, '/root/').text.split('\n').at(-1)).toBe('0 passed, 1 failed');
});
