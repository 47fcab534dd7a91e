import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TidewatchEvent } from '../src/model/events.ts';
import { PHASES, type WorkspaceMetrics } from '../src/model/workspace.ts';
import {
  type Action,
  FIRST_STATE,
  isDoubtful,
  type PageState,
  phaseCounts,
  reduce,
  visibleWorkspaces,
} from './state.ts';
import type { Workspace } from './workspace.ts';

const at = '2026-01-01T00:00:00.000Z';

function workspace(id: string, fields: Partial<Workspace> = {}): Workspace {
  return {
    id,
    name: id,
    owner: null,
    labels: {},
    source: { rule: 'compose', evidence: null },
    status: 'active',
    phase: 'running',
    reason: { code: 'container_running', message: 'running' },
    evidence: [],
    since: at,
    freshness: { state: 'live', confirmedAt: at, by: 'list' },
    containerId: null,
    containerState: null,
    containers: [],
    metrics: null,
    exceeded: [],
    labelProblems: [],
    diskUsed: null,
    lastActivity: null,
    lastActivityKind: null,
    lastUpdated: at,
    lastSyncAttempt: null,
    syncAttempts: 0,
    lastError: null,
    ...fields,
  };
}

function event(seq: number, workspaceId: string | null = 'a', type = 'container_update'): TidewatchEvent {
  return { seq, id: `log-${seq}`, type, workspaceId, timestamp: at, message: '', data: {}, recovered: false } as never;
}

function stateAfter(...actions: Action[]): PageState {
  return actions.reduce(reduce, FIRST_STATE);
}

const ids = (state: PageState) => visibleWorkspaces(state).map(({ id }) => id);

describe('workspaces', () => {
  const listed: Action = {
    type: 'listed',
    workspaces: [
      workspace('b', { owner: 'ann', since: '2026-01-03T00:00:00.000Z' }),
      workspace('a', { phase: 'archived', status: 'archived' }),
      workspace('c', { phase: 'crashed', since: '2026-01-02T00:00:00.000Z' }),
    ],
  };

  it('stand in the order that was chosen, those that need somebody first unless chosen otherwise', () => {
    expect(ids(stateAfter(listed))).toEqual(['c', 'b', 'a']);
    expect(ids(stateAfter(listed, { type: 'sorted', sort: 'name' }))).toEqual(['a', 'b', 'c']);
    expect(ids(stateAfter(listed, { type: 'sorted', sort: 'since' }))).toEqual(['b', 'c', 'a']);
  });

  it('are filtered by phase and by all words of the search', () => {
    expect(ids(stateAfter(listed, { type: 'phase-toggled', phase: 'crashed' }))).toEqual(['c']);
    expect(ids(stateAfter(listed, { type: 'searched', q: 'ANN b' }))).toEqual(['b']);
    expect(ids(stateAfter(listed, { type: 'searched', q: 'ann c' }))).toEqual([]);
    const cleared = stateAfter(listed, { type: 'searched', q: 'x' }, { type: 'filters-cleared' });
    expect(ids(cleared)).toHaveLength(3);
  });

  it('are counted by phase whatever the filters', () => {
    const counts = phaseCounts(stateAfter(listed, { type: 'searched', q: 'nothing' }));
    expect([counts.get('running'), counts.get('crashed'), counts.get('paused')]).toEqual([1, 1, undefined]);
  });

  it('keep their object while they do not change, so that drawing passes them over', () => {
    const first = stateAfter(listed);
    const second = reduce(first, structuredClone(listed));
    expect(second.workspaces?.get('b')).toBe(first.workspaces?.get('b'));
  });

  it('change and go one by one, but not before all were read', () => {
    const told: Action = { type: 'told', workspaces: [workspace('b', { phase: 'paused' })], gone: ['c'] };
    const state = stateAfter(listed, told);
    expect([state.workspaces?.get('b')?.phase, state.workspaces?.has('c')]).toEqual(['paused', false]);
    expect(stateAfter(told).workspaces).toBeNull();
  });
});

describe('events', () => {
  it('stand newest first, once each, without the syncs’ own and without figures', () => {
    const state = stateAfter(
      { type: 'happened', events: [event(1), event(2, null, 'sync_start'), event(3)] },
      { type: 'happened', events: [event(3), event(4), event(5, 'a', 'metrics_update')] },
    );
    expect(state.events.map(({ seq }) => seq)).toEqual([4, 3, 1]);
  });

  it('of a log that began anew are shown, though their numbers are smaller', () => {
    const anew = { ...event(1), id: 'other-1' };
    const state = stateAfter({ type: 'happened', events: [event(8), event(9)] }, { type: 'happened', events: [anew] });
    expect(state.events.map(({ id }) => id)).toEqual(['other-1', event(9).id, event(8).id]);
  });

  it('are bounded', () => {
    const many = Array.from({ length: 5_000 }, (_, index) => event(index + 1));
    expect(stateAfter({ type: 'happened', events: many }).events.length).toBeLessThanOrEqual(100);
  });

  it('join the history of the workspace whose details are open', () => {
    const state = stateAfter(
      { type: 'selected', id: 'a' },
      { type: 'history', id: 'a', events: [event(1), event(5)] },
      { type: 'happened', events: [event(5), event(6), event(7, 'b')] },
    );
    expect(state.history?.events?.map(({ seq }) => seq)).toEqual([6, 5, 1]);
  });

  it('of a workspace that was left meanwhile are not shown', () => {
    const state = stateAfter({ type: 'selected', id: 'b' }, { type: 'history', id: 'a', events: [event(1)] });
    expect(state.history).toEqual({ id: 'b', events: null });
  });
});

describe('figures', () => {
  const metrics = (cpuPercent: number) => ({ cpuPercent }) as WorkspaceMetrics;
  const frame = (isComplete: boolean, ...samples: [string, WorkspaceMetrics | null][]): Action => ({
    type: 'measured',
    frame: { at, isComplete, samples: samples.map(([workspaceId, told]) => ({ workspaceId, metrics: told })) },
  });

  it('are those of the frames so far, and gone with the connection', () => {
    const first = frame(true, ['a', metrics(1)], ['b', metrics(2)]);
    const second = frame(false, ['a', metrics(3)], ['b', null]);
    expect([...(stateAfter(first, second).metrics ?? [])]).toEqual([['a', metrics(3)]]);
    expect(stateAfter(first, { type: 'link', link: 'lost', at: 5 }).metrics).toBeNull();
    expect(stateAfter(first, { type: 'unmeasured' }).metrics).toBeNull();
  });

  it('do not make another workspace of one that did not change', () => {
    const before = stateAfter({ type: 'listed', workspaces: [workspace('a', { metrics: metrics(1) as never })] });
    const after = reduce(before, { type: 'listed', workspaces: [workspace('a', { metrics: metrics(2) as never })] });
    expect(after.workspaces?.get('a')).toBe(before.workspaces?.get('a'));
  });
});

describe('the connection', () => {
  it('remembers since when it is lost', () => {
    const state = stateAfter({ type: 'link', link: 'lost', at: 5 }, { type: 'link', link: 'lost', at: 9 });
    expect(state.link).toEqual({ state: 'lost', since: 5 });
    expect(isDoubtful(state)).toBe(true);
  });

  it('forgets what it knew when the session ends, but not what the person chose', () => {
    const state = stateAfter(
      { type: 'listed', workspaces: [workspace('a')] },
      { type: 'searched', q: 'x' },
      { type: 'locked', wrongToken: true },
    );
    expect([state.session, state.workspaces, state.view.q, state.wrongToken]).toEqual(['locked', null, 'x', true]);
  });
});

it('never changes the state it was given, whatever happens', () => {
  const action = fc.oneof(
    fc.record({ type: fc.constant('searched' as const), q: fc.string() }),
    fc.record({ type: fc.constant('phase-toggled' as const), phase: fc.constantFrom(...PHASES) }),
    fc.record({ type: fc.constant('expanded' as const), id: fc.constantFrom('a', 'b') }),
    fc.record({ type: fc.constant('selected' as const), id: fc.constantFrom('a', 'b', null) }),
    fc.record({ type: fc.constant('busy' as const), id: fc.constant('a'), isBusy: fc.boolean() }),
    fc.record({
      type: fc.constant('listed' as const),
      workspaces: fc.array(fc.constantFrom(workspace('a'), workspace('b', { phase: 'crashed' })), { maxLength: 3 }),
    }),
    fc.record({
      type: fc.constant('happened' as const),
      events: fc.array(
        fc.nat(30).map((seq) => event(seq)),
        { maxLength: 5 },
      ),
    }),
  );
  fc.assert(
    fc.property(fc.array(action, { maxLength: 30 }), (actions) => {
      let state = FIRST_STATE;
      for (const one of actions) {
        const copy = structuredClone(state);
        const next = reduce(state, one);
        expect(state).toEqual(copy);
        const seqs = next.events.map(({ seq }) => seq);
        expect(seqs).toEqual([...new Set(seqs)].sort((a, b) => b - a));
        state = next;
      }
    }),
  );
});
