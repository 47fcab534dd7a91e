import { expect, test } from 'vitest';
import type { ContainerState } from '../model/container.ts';
import { ScriptedWorkspaces } from '../monitor/scripted-workspaces.contract.ts';
import { someMetrics } from './exposed.contract.ts';
import { RunningTotals } from './running-totals.ts';

const totals = () => {
  const running = new RunningTotals();
  const workspaces = new ScriptedWorkspaces();
  /** What the workspace has received, in MB, when its containers have received so much. */
  function received(networkRxMB: number | null, states: readonly ContainerState[] = ['running']): number | null {
    const containers = states.map((state, index) => ({ id: `c${index}`, state }));
    workspaces.set('w', containers, { metrics: networkRxMB === null ? null : someMetrics({ networkRxMB }) });
    const bytes = running.take(workspaces.getWorkspaceState('w')!)('networkRx');
    return bytes === null ? null : bytes / 1e6;
  }
  return { received, running };
};

test('a total begins with what the containers have, and grows with them', () => {
  const { received } = totals();
  expect([received(null), received(5), received(7)]).toEqual([null, 5, 7]);
});

test('a container that begins anew adds all it has', () => {
  const { received } = totals();
  expect([received(5), received(2), received(3)]).toEqual([5, 7, 8]);
});

test('a run that ended is not forgotten, and the next one counts from zero even when it has more by then', () => {
  const { received } = totals();
  expect([received(5), received(null, ['exited']), received(6)]).toEqual([5, 5, 11]);
});

test('of several containers one that ends takes nothing away and adds nothing', () => {
  const { received } = totals();
  const two = ['running', 'running'] as const;
  expect([received(10, two), received(4, ['running', 'exited']), received(5, two)]).toEqual([10, 10, 11]);
});

test('figures that could not be read for a while are not counted twice', () => {
  const { received } = totals();
  expect([received(5), received(null), received(6)]).toEqual([5, 5, 6]);
});

test('a workspace that is gone begins anew', () => {
  const { received, running } = totals();
  received(5);
  running.keepOnly(new Set());
  expect(received(1)).toBe(1);
});
