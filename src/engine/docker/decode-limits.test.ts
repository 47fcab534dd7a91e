import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeDetail } from './decode-container.ts';
import { decodeLimits } from './decode-limits.ts';

const recorded = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`testdata/inspect/${name}.json`, import.meta.url), 'utf8'));

describe('the limits of a real container', () => {
  it.each([
    ['docker-plain', Infinity, Infinity],
    ['docker-cpus', 1.5, 64],
    ['docker-quota', 0.25, Infinity],
    ['docker-cpuset', 1, Infinity],
    ['docker-unlimited', Infinity, Infinity],
    ['podman-plain', Infinity, Infinity],
    ['podman-cpus', 1.5, 64],
    ['podman-unlimited', Infinity, Infinity],
  ])('%s: %d cores, %d processes', (name, cpuCores, pids) => {
    expect(decodeDetail(recorded(name))?.limits).toEqual({ cpuCores, pids });
  });
});

describe('limits', () => {
  it.each([
    ['0', 1],
    ['0-2', 3],
    ['0-2,1,7', 4],
    [' 3 , 5 ', 2],
    ['', Infinity],
    ['all', Infinity],
    ['2-1', Infinity],
    [7, Infinity],
  ])('the processors %o are %d', (CpusetCpus, cpuCores) => {
    expect(decodeLimits({ CpusetCpus }).cpuCores).toBe(cpuCores);
  });

  it('a quota without a period counts over the kernel’s own', () => {
    expect(decodeLimits({ CpuQuota: 50_000 }).cpuCores).toBe(0.5);
  });

  it('are not known where the engine leaves them out', () => {
    expect(decodeLimits(null)).toEqual({ cpuCores: Number.NaN, pids: Number.NaN });
  });

  it('are above 0 whatever an engine answers', () => {
    const value = fc.oneof(
      fc.integer(),
      fc.double(),
      fc.string(),
      fc.stringMatching(/^\d{1,5}-\d{1,5}$/),
      fc.jsonValue(),
    );
    const host = fc.record({ NanoCpus: value, CpuQuota: value, CpuPeriod: value, CpusetCpus: value, PidsLimit: value });
    fc.assert(
      fc.property(host, (one) => {
        const { cpuCores, pids } = decodeLimits(one);
        expect(cpuCores).toBeGreaterThan(0);
        expect(pids).toBeGreaterThan(0);
      }),
    );
  });
});
