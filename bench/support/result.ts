import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem } from 'node:os';
import { basename, join } from 'node:path';
import { round, type Spread } from './spread.ts';

/** One promise of Tidewatch: the less, the better. */
export interface Bar {
  readonly bar: string;
  readonly unit: string;
  /** More than this breaks the promise. */
  readonly floor: number | null;
  /** What it should be. */
  readonly aim: number | null;
  readonly measured: number;
  /** What users would take instead, measured in the same run. */
  readonly peer?: { readonly name: string; readonly measured: number };
}

export type Verdict = 'aim met' | 'floor met' | 'MISSED' | 'for information';

export interface BenchResult {
  readonly name: string;
  /** Why it could not run here; `null` when it did. */
  readonly skipped: string | null;
  readonly bars: readonly (Bar & { readonly verdict: Verdict; readonly ratio: number | null })[];
  /** All raw figures, by what was measured and its unit. */
  readonly figures: Readonly<Record<string, Spread | number>>;
  /** How it was measured, and what a reader must know. */
  readonly notes: readonly string[];
  readonly engine: string;
  readonly machine: Readonly<Record<string, string | number>>;
  readonly date: string;
}

export const RESULTS_FOLDER = 'bench/results';

/** Writes the result of this process's benchmark. */
export function report(result: {
  bars: readonly Bar[];
  figures: BenchResult['figures'];
  notes: readonly string[];
  engine: string;
}): void {
  const bars = result.bars.map((bar) => ({ ...bar, verdict: verdictOf(bar), ratio: ratioOf(bar) }));
  write({ ...result, bars, skipped: null });
}

/** Says why this process's benchmark cannot run on this machine. */
export function reportSkipped(reason: string): void {
  write({ skipped: reason, bars: [], figures: {}, notes: [], engine: 'none' });
}

function write(result: Omit<BenchResult, 'name' | 'machine' | 'date'>): void {
  const name = basename(process.argv[1] ?? '', '.bench.js');
  const whole: BenchResult = { name, ...result, machine: machineFacts(), date: new Date().toISOString() };
  mkdirSync(RESULTS_FOLDER, { recursive: true });
  writeFileSync(join(RESULTS_FOLDER, `${name}.json`), `${JSON.stringify(whole, null, 2)}\n`);
}

function verdictOf({ measured, floor, aim }: Bar): Verdict {
  if (floor === null && aim === null) return 'for information';
  if (aim !== null && measured <= aim) return 'aim met';
  return measured <= (floor ?? Number.POSITIVE_INFINITY) ? 'floor met' : 'MISSED';
}

function ratioOf({ measured, peer }: Bar): number | null {
  return peer === undefined || peer.measured === 0 ? null : round(measured / peer.measured);
}

function machineFacts(): BenchResult['machine'] {
  const processors = cpus();
  return {
    cpu: processors[0]?.model ?? 'unknown',
    cores: processors.length,
    memoryMB: Math.round(totalmem() / 2 ** 20),
    system: `${process.platform} ${release()}`,
    node: process.version,
    /** Of the last minute, at the end of the benchmark: it works two cores itself. */
    loadAverage: round(loadavg()[0] ?? 0),
  };
}
