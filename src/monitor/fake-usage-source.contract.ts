import {
  USAGE,
  type UsageField,
  type UsageFrame,
  type UsageReader,
  type UsageRefusal,
  type UsageScope,
  type UsageSource,
} from '../engine/usage.ts';

type Levels = Partial<Record<UsageField, number>>;

/** A container of a fake source: what it uses is what a test says. Counters grow by the rates with the clock. */
export interface FakeUsage {
  /** Present values; what is not named is not told. */
  readonly values: Levels;
  /** Growth of counters a ms. */
  readonly perMs: Levels;
  /** Its run is over. */
  ended: boolean;
  /** What the next readings throw; `null`: nothing. */
  error: Error | null;
  /** Fields only told in full readings. */
  readonly expensive: readonly UsageField[];
}

/** Says what the containers use without any of them; time comes from `monotonic`. */
export class FakeUsageSource implements UsageSource {
  readonly name: UsageSource['name'];
  readonly containers = new Map<string, FakeUsage>();
  /** In words: opens nothing. */
  refuses: string | null = null;
  /** It refuses for now only. */
  isPassing = false;
  /** Answers come as promises. */
  isSlow = false;
  /** Slow readings wait for it. */
  gate: Promise<void> = Promise.resolve();
  opened = 0;
  closed = 0;
  reads = 0;
  slowReads = 0;
  readonly readAt = new Map<string, number[]>();
  readonly #monotonic: () => number;

  constructor(monotonic: () => number, name: UsageSource['name'] = 'cgroup') {
    this.#monotonic = monotonic;
    this.name = name;
  }

  /** A container that uses so much: values at once, counters growing `perMs`. */
  add(id: string, values: Levels = {}, perMs: Levels = {}): FakeUsage {
    const zeros: Levels = { cpuNs: 0, memoryCharged: 100e6, memoryInactiveFile: 0, memoryLimit: 1e9, pids: 1 };
    const usage = { values: { ...zeros, ...values }, perMs: { ...perMs }, ended: false, error: null, expensive: [] };
    this.containers.set(id, usage);
    return usage;
  }

  open({ containerId }: { containerId: string }): Promise<UsageReader | UsageRefusal> {
    const usage = this.containers.get(containerId);
    if (this.refuses !== null) return Promise.resolve({ refused: this.refuses, isPassing: this.isPassing });
    if (usage === undefined || usage.ended) return Promise.resolve({ refused: 'there is no such container' });
    this.opened += 1;
    let lastAt = this.#monotonic();
    const read = (frame: UsageFrame, scope: UsageScope) => {
      const now = this.#monotonic();
      this.reads += 1;
      if (scope === 'large' || scope === 'full') this.slowReads += 1;
      const instants = this.readAt.get(containerId);
      if (instants === undefined) this.readAt.set(containerId, [now]);
      else instants.push(now);
      if (usage.error !== null) throw usage.error;
      if (usage.ended) return false;
      grow(usage, now - lastAt);
      lastAt = now;
      fill(frame, usage, scope);
      return true;
    };
    return Promise.resolve({
      missing: new Map(),
      read: (frame, scope) => (this.isSlow ? this.gate.then(() => read(frame, scope)) : read(frame, scope)),
      close: () => {
        this.closed += 1;
      },
    });
  }

  close(): void {}
}

function grow({ values, perMs }: FakeUsage, elapsed: number): void {
  for (const [field, rate] of Object.entries(perMs) as [UsageField, number][]) {
    values[field] = (values[field] ?? 0) + rate * elapsed;
  }
}

function fill(frame: UsageFrame, usage: FakeUsage, scope: UsageScope): void {
  for (const [field, value] of Object.entries(usage.values) as [UsageField, number][]) {
    if (scope === 'full' || !usage.expensive.includes(field)) frame[USAGE[field]] = value;
  }
}

/** Share of one core as a counter's growth a ms. */
export function cores(count: number): { readonly cpuNs: number } {
  return { cpuNs: count * 1e6 };
}
