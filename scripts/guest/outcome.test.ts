import assert from 'node:assert/strict';
import { expect, test } from 'vitest';
import { type Check, runChecks, Skipped } from '../../test/guest/checks.ts';
import type { Machine } from '../../test/guest/machine.ts';
import { outcomeOf } from './outcome.ts';

const PASSES: Check = { name: 'water is wet', run: async () => '100 %' };
const FAILS: Check = { name: 'fire is cold', run: async () => assert.fail('it is\nwarm') };
const IS_SKIPPED: Check = { name: 'snow is white', run: () => Promise.reject(new Skipped('there is none')) };

/** The lines of a run, and how often it cleared up. */
async function linesOf(...checks: readonly Check[]): Promise<{ lines: string[]; cleared: number }> {
  const lines: string[] = [];
  let cleared = 0;
  const clear = async () => {
    cleared += 1;
  };
  await runChecks(checks, { clear } as Machine, (line: string) => lines.push(line));
  return { lines, cleared };
}

test('each check has its line, and the last one counts them', async () => {
  const { lines, cleared } = await linesOf(PASSES, FAILS, IS_SKIPPED);
  expect(lines).toEqual([
    'ok    water is wet: 100 %',
    expect.stringMatching(/^FAIL {2}fire is cold: it is \| warm \(outcome\.test\.ts:\d+\)$/),
    'skip  snow is white: there is none',
    '1 passed, 1 failed, 1 skipped',
  ]);
  expect(cleared).toBe(3);
});

test('the last line alone is the outcome', async () => {
  const outcomes = async (...checks: readonly Check[]) => (await linesOf(...checks)).lines.map(outcomeOf);
  expect(await outcomes(PASSES, IS_SKIPPED)).toEqual([null, null, 'passed']);
  expect(await outcomes(PASSES, FAILS)).toEqual([null, null, 'failed']);
  expect(await outcomes(IS_SKIPPED)).toEqual([null, 'failed']);
});
