/**
 * `make bench`: runs the benchmarks one after the other, each in a process of its own, and prints what they say.
 * `make bench NAME=burst` runs one. Ends with exit code 1 when a floor is missed or a benchmark failed.
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
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

// What is measured is what ships: compiled as for the package, not transformed on the fly.
rmSync(COMPILED, { recursive: true, force: true });
execFileSync('node_modules/.bin/tsc', ['-p', 'bench/tsconfig.json'], { stdio: 'inherit' });

const results: BenchResult[] = [];
const failed: string[] = [];
for (const name of names) {
  console.log(`bench: ${name}`);
  const result = await runOne(name);
  if (result === null) failed.push(name);
  else results.push(result);
}
rmSync(COMPILED, { recursive: true, force: true });

for (const line of tableOf(results.flatMap(barRows))) console.log(line);
for (const { name, skipped } of results) if (skipped !== null) console.log(`skipped: ${name}: ${skipped}`);
for (const name of failed) console.log(`FAILED: ${name}`);
const [first] = results;
if (first)
  console.log(
    `${first.machine.cores} cores, ${first.machine.cpu}, load average ${first.machine.loadAverage}, Node ${first.machine.node}`,
  );
console.log(`all figures: ${RESULTS_FOLDER}/*.json`);
const missed = results.some(({ bars }) => bars.some(({ verdict }) => verdict === 'MISSED'));
process.exitCode = failed.length > 0 || missed ? 1 : 0;

async function runOne(name: string): Promise<BenchResult | null> {
  const file = join(RESULTS_FOLDER, `${name}.json`);
  rmSync(file, { force: true });
  const child = spawn(process.execPath, ['--expose-gc', join(COMPILED, 'bench', `${name}.bench.js`)], {
    stdio: 'inherit',
  });
  const [code] = await once(child, 'exit');
  return code === 0 ? (JSON.parse(readFileSync(file, 'utf8')) as BenchResult) : null;
}
