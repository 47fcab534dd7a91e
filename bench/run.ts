/**
 * `make bench`: runs the benchmarks one after the other, each in a process of its own, and prints what they say.
 * `make bench NAME=burst` runs one. Ends with exit code 1 when a floor is missed or a benchmark failed.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sweepOrphans } from '../test/env/engine-folder.ts';
import { barRows, tableOf } from './support/report-table.ts';
import { type BenchResult, RESULTS_FOLDER } from './support/result.ts';

const COMPILED = '.bench';

const wanted = process.argv[2] ?? '';
const names = readdirSync('bench')
  .filter((file) => file.endsWith('.bench.ts'))
  .map((file) => file.slice(0, -'.bench.ts'.length))
  .filter((name) => name.includes(wanted))
  .toSorted();
if (names.length === 0) {
  console.error(`bench: there is no benchmark "${wanted}"`);
  process.exit(2);
}

// Engines, stores and sockets of all benchmarks are in here, so that none is left behind, however a run ends.
const scratch = mkdtempSync(join(tmpdir(), 'tw-bench-'));
process.env.TMPDIR = scratch;
let running: ChildProcess | null = null;
let isStopped = false;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    isStopped = true;
    running?.kill();
  });
}

const results: BenchResult[] = [];
const failed: string[] = [];
try {
  // What is measured is what ships: compiled as for the package, not transformed on the fly.
  rmSync(COMPILED, { recursive: true, force: true });
  execFileSync('node_modules/.bin/tsc', ['-p', 'bench/tsconfig.json'], { stdio: 'inherit' });
  for (const name of names) {
    if (isStopped) break;
    console.log(`bench: ${name}`);
    const result = await runOne(name);
    if (result === null) failed.push(name);
    else results.push(result);
  }
} finally {
  await sweepOrphans();
  rmSync(scratch, { recursive: true, force: true });
  rmSync(COMPILED, { recursive: true, force: true });
}
tell();

function tell(): void {
  for (const line of tableOf(results.flatMap(barRows))) console.log(line);
  for (const { name, skipped } of results) if (skipped !== null) console.log(`skipped: ${name}: ${skipped}`);
  for (const name of failed) console.log(`FAILED: ${name}`);
  for (const { name, machine } of results) console.log(`${name}: load average ${machine.loadAverage}`);
  const [first] = results;
  if (first) console.log(`${first.machine.cores} cores, ${first.machine.cpu}, Node ${first.machine.node}`);
  console.log(`all figures: ${RESULTS_FOLDER}/*.json`);
  const missed = results.some(({ bars }) => bars.some(({ verdict }) => verdict === 'MISSED'));
  process.exitCode = failed.length > 0 || missed ? 1 : 0;
}

async function runOne(name: string): Promise<BenchResult | null> {
  const file = join(RESULTS_FOLDER, `${name}.json`);
  rmSync(file, { force: true });
  running = spawn(process.execPath, ['--expose-gc', join(COMPILED, 'bench', `${name}.bench.js`)], {
    stdio: 'inherit',
  });
  const [code] = await once(running, 'exit');
  running = null;
  return code === 0 ? (JSON.parse(readFileSync(file, 'utf8')) as BenchResult) : null;
}
