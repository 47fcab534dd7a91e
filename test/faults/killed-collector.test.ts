import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { storedSamples } from '../support/stored-samples.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { SAMPLE_EVERY_MS, valuesAt, WORKSPACES } from './known-samples.ts';

/** `TIDEWATCH_KILLS=100` for more. */
const KILLS = Number(process.env.TIDEWATCH_KILLS ?? 6);
const START = Date.UTC(2026, 10, 25);

test(`a history whose collector is killed ${KILLS} times at full load has all that was noted, and nothing wrong`, {
  timeout: 60_000 + KILLS * 20_000,
}, async () => {
  const dataDir = await temporaryFolder();
  const noted: number[] = [];
  let next = START;
  for (let kill = 0; kill < KILLS; kill += 1) {
    const { given, kept } = await runUntilKilled(dataDir, next);
    noted.push(...given.filter((at) => at <= kept));
    next = (given.at(-1) ?? next) + SAMPLE_EVERY_MS;
    await check(dataDir, noted, next);
  }
});

async function runUntilKilled(dataDir: string, from: number): Promise<{ given: number[]; kept: number }> {
  const program = new URL('busy-collector.ts', import.meta.url).pathname;
  const child = spawn(process.execPath, ['--import', 'tsx', program, dataDir, String(from)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const closed = once(child, 'close');
  onTestFinished(() => void child.kill('SIGKILL'));
  const said = textOf(child);
  await eventually(() => expect(said.out + said.err).toMatch(/kept|rror/), { within: 60_000 });
  // An hour of its clock is two seconds: some are killed while they bring one into the store.
  await wait(Math.random() * 3_000);
  child.kill('SIGKILL');
  await closed;
  expect(said.err).toBe('');
  const told = (what: string) =>
    [...said.out.matchAll(new RegExp(`^${what} (\\d+)\\n`, 'gm'))].map(([, at]) => Number(at));
  return { given: told('given'), kept: Math.max(...told('kept')) };
}

function textOf(child: ChildProcess): { out: string; err: string } {
  const said = { out: '', err: '' };
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    said.out += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said.err += text;
  });
  return said;
}

async function check(dataDir: string, noted: readonly number[], now: number): Promise<void> {
  const workspaceIds = Array.from({ length: WORKSPACES }, (_, workspace) => `w${workspace}`);
  const { samples, damaged } = await storedSamples(dataDir, { workspaceIds, from: START, to: now + SAMPLE_EVERY_MS });
  for (const [workspace, id] of workspaceIds.entries()) {
    const { at, values } = samples.get(id)!;
    const wrong = [...at].filter((instant, index) => {
      const expected = valuesAt(workspace, instant);
      return values.some((column, metric) => !Object.is(column[index], expected[metric]));
    });
    expect(wrong).toEqual([]);
    const held = new Set(at);
    expect(noted.filter((instant) => !held.has(instant))).toEqual([]);
  }
  expect(damaged).toBe(0);
}
