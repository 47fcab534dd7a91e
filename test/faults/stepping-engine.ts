import { expect, onTestFinished } from 'vitest';
import { FakeEngine } from '../../src/engine/fake/fake-engine.ts';
import { METRICS } from '../../src/model/metric-catalogue.ts';
import type { StoredSamples } from '../support/stored-samples.ts';
import type { ServingTidewatch } from '../support/tidewatch-process.ts';

const [MEMORY, LIMIT, PIDS] = (['memory', 'memoryLimit', 'pids'] as const).map((metric) => METRICS.indexOf(metric));

/** Containers that come and go, so that events are written as well. */
const RESTLESS = 20;

/** An engine whose workspaces use, at each step, what is known from step and workspace alone. */
export interface SteppingEngine {
  readonly engine: FakeEngine;
  readonly workspaceIds: readonly string[];
}

/** Goes a step further every so many ms, until the test ends. */
export async function startSteppingEngine(workspaces: number, everyMs: number): Promise<SteppingEngine> {
  const engine = await FakeEngine.listen({ apiVersion: '1.44' });
  const workspaceIds = Array.from({ length: workspaces }, (_, workspace) => `w${workspace}`);
  const containers = engine.addMany(workspaces, (workspace) => ({
    labels: { 'tidewatch.workspace': `w${workspace}` },
    usage: usageAt(workspace, 1),
  }));
  const restless = engine.addMany(RESTLESS);
  let step = 1;
  const timer = setInterval(() => {
    step += 1;
    for (const [workspace, id] of containers.entries()) engine.setUsage(id, usageAt(workspace, step));
    const id = restless[step % RESTLESS] ?? '';
    if (engine.get(id)?.state === 'running') engine.die(id, { exitCode: 1 });
    else engine.start(id);
  }, everyMs);
  onTestFinished(async () => {
    clearInterval(timer);
    await engine.close();
  });
  return { engine, workspaceIds };
}

/** A figure that is wrong, of another step or of another workspace shows. */
function usageAt(workspace: number, step: number) {
  return { memoryCharged: step * 100 + workspace, memoryLimit: 2 ** 30 + workspace, pids: step };
}

/** Instant and step of each stored sample; all figures of all of them are checked. */
export function checkedSteps({ samples, damaged }: StoredSamples): Map<string, Map<number, number>> {
  expect(damaged).toBe(0);
  return new Map(
    [...samples].map(([id, { at, values }]) => {
      const steps = [...at].map((_, index) => values[PIDS!]![index]!);
      const wrong = steps.filter((step, index) => {
        const { memoryCharged, memoryLimit } = usageAt(Number(id.slice(1)), step);
        return values[MEMORY!]![index] !== memoryCharged || values[LIMIT!]![index] !== memoryLimit;
      });
      expect(wrong).toEqual([]);
      expect(steps).toEqual(steps.toSorted((a, b) => a - b));
      return [id, new Map([...at].map((instant, index) => [instant, steps[index]!]))];
    }),
  );
}

/** Steps that a daemon tells of the last hour of a workspace: the least and the most of each point. */
export async function toldSteps({ client }: ServingTidewatch, id: string, from: number): Promise<number[]> {
  const query = { from: Math.max(from, Date.now() - 3_600_000), metrics: ['pids'] as const, maxPoints: 10_000 };
  const { series } = await client.workspaces.metrics(id, query);
  const { min = [], max = [] } = series.pids ?? {};
  return [...new Set([...min, ...max].filter((step) => step !== null))];
}
