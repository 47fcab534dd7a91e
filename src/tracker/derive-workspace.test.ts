import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Phase } from '../model/workspace.ts';
import { PHASES } from '../model/workspace.ts';
import type { ContainerRecord } from './container-record.ts';
import { deriveWorkspace, roleIn, SEVERITY, type WorkspaceFacts } from './derive-workspace.ts';
import { anyContainer, HOUR, MINUTE, SECOND, someContainer, someEnded, T0 } from './some-container.contract.ts';

const NOW = T0 + 2 * HOUR;

function derive(containers: readonly ContainerRecord[], facts: Partial<WorkspaceFacts> = {}, at = NOW) {
  return deriveWorkspace({ containers, archived: false, since: T0, ...facts }, at);
}

/** The containers the table speaks of, by their letters. */
const KINDS = {
  running: someContainer(),
  starting: someContainer({ health: 'starting' }),
  unhealthy: someContainer({ health: 'unhealthy' }),
  paused: someContainer({ state: 'paused' }),
  looping: someContainer({
    state: 'restarting',
    exitCode: 1,
    restartPolicy: 'always',
    deaths: [NOW - 3, NOW - 2, NOW - 1],
  }),
  restarting: someContainer({ state: 'restarting', exitCode: 1, restartPolicy: 'always' }),
  stopped: someEnded(143, { stopRequestedAt: T0 + HOUR }),
  crashed: someEnded(1),
  oom: someEnded(137, { oomKilled: true, oomAt: T0 + HOUR - 36 }),
  done: someEnded(0),
  created: someContainer({ state: 'created', startedAt: null }),
  oneShotRunning: someContainer({ role: 'one-shot' }),
  oneShotDone: someEnded(0, { role: 'one-shot' }),
  oneShotFailed: someEnded(1, { role: 'one-shot' }),
  helperRunning: someContainer({ role: 'helper' }),
  helperCrashed: someEnded(1, { role: 'helper' }),
  removed: someContainer({ state: 'removed' }),
} satisfies Record<string, ContainerRecord>;

function all(kinds: readonly (keyof typeof KINDS)[]): ContainerRecord[] {
  return kinds.map((kind, index) => ({ ...KINDS[kind], id: `${index}${kind}`, name: kind }));
}

describe('where a workspace is', () => {
  it.each<[(keyof typeof KINDS)[], string, Phase, string]>([
    // containers                      status      phase            reason
    [[], 'inactive', 'missing', 'container_missing'],
    [['removed'], 'inactive', 'missing', 'container_missing'],
    [['running'], 'active', 'running', 'container_running'],
    [['starting'], 'active', 'starting', 'container_starting'],
    [['unhealthy'], 'active', 'unhealthy', 'container_unhealthy'],
    [['restarting'], 'active', 'restarting', 'container_restarting'],
    [['looping'], 'active', 'crash-looping', 'crash_loop'],
    [['paused'], 'inactive', 'paused', 'container_paused'],
    [['stopped'], 'inactive', 'stopped', 'stopped_by_request'],
    [['created'], 'inactive', 'stopped', 'container_created'],
    [['crashed'], 'inactive', 'crashed', 'exited_with_error'],
    [['oom'], 'inactive', 'out-of-memory', 'out_of_memory'],
    [['done'], 'inactive', 'completed', 'exited_normally'],

    // the worst of several; one that runs makes it active
    [['running', 'crashed'], 'active', 'crashed', 'exited_with_error'],
    [['running', 'oom', 'crashed'], 'active', 'out-of-memory', 'out_of_memory'],
    [['running', 'unhealthy'], 'active', 'unhealthy', 'container_unhealthy'],
    [['running', 'starting'], 'active', 'starting', 'container_starting'],
    [['running', 'looping', 'unhealthy'], 'active', 'crash-looping', 'crash_loop'],
    [['stopped', 'crashed'], 'inactive', 'crashed', 'exited_with_error'],
    // what was asked for is no trouble while others run
    [['running', 'stopped'], 'active', 'running', 'container_running'],
    [['running', 'paused'], 'active', 'running', 'container_running'],
    [['running', 'created'], 'active', 'running', 'container_running'],
    [['stopped', 'paused'], 'inactive', 'paused', 'container_paused'],

    // one-shots
    [['oneShotDone'], 'inactive', 'completed', 'one_shot_completed'],
    [['oneShotDone', 'oneShotDone'], 'inactive', 'completed', 'one_shot_completed'],
    [['oneShotDone', 'running'], 'active', 'running', 'container_running'],
    [['oneShotDone', 'stopped'], 'inactive', 'stopped', 'stopped_by_request'],
    [['oneShotRunning', 'created'], 'active', 'running', 'container_running'],
    [['oneShotFailed', 'running'], 'active', 'crashed', 'exited_with_error'],
    // without a label: done, and another service runs
    [['done', 'running'], 'active', 'running', 'container_running'],
    [['done', 'paused'], 'inactive', 'paused', 'container_paused'],
    [['done', 'stopped'], 'inactive', 'stopped', 'stopped_by_request'],

    // helpers
    [['running', 'helperCrashed'], 'active', 'running', 'container_running'],
    [['stopped', 'helperRunning'], 'inactive', 'stopped', 'stopped_by_request'],
    [['oneShotDone', 'helperCrashed'], 'inactive', 'completed', 'one_shot_completed'],
    [['helperRunning'], 'active', 'running', 'container_running'],
    [['helperRunning', 'helperCrashed'], 'active', 'crashed', 'exited_with_error'],
  ])('%j', (...[kinds, status, phase, code]) => {
    const containers = all(kinds);
    expect(derive(containers)).toMatchObject({ status, phase, reason: { code } });
    expect(derive(containers.toReversed())).toEqual(derive(containers));
  });

  it('names the container that decided where there are several', () => {
    const condition = derive(all(['running', 'crashed']));
    expect(condition.reason.message).toBe('crashed: ended by itself with an error: exit code 1');
    expect(condition).toMatchObject({ containerId: '1crashed', containerState: 'exited' });
    expect(derive([someContainer()]).reason.message).toBe('running');
  });

  it('looks again when the first of its containers changes by time alone', () => {
    const young = someContainer({ id: 'a', state: 'created', createdAt: NOW - 30 * SECOND });
    const younger = someContainer({ id: 'b', state: 'created', createdAt: NOW - 10 * SECOND });
    expect(derive([younger, young]).recheckAt).toBe(NOW + 30 * SECOND);
    expect(derive([someContainer()]).recheckAt).toBeNull();
  });
});

describe('the archive', () => {
  it('has the word, whatever the containers do', () => {
    for (const kind of ['stopped', 'crashed', 'done'] as const) {
      expect(derive(all([kind]), { archived: true })).toMatchObject({
        status: 'archived',
        phase: 'archived',
        reason: { code: 'archived_by_user' },
        recheckAt: null,
      });
    }
    expect(derive([], { archived: true })).toMatchObject({ status: 'archived', containerId: null });
  });

  it('says when one of its containers runs, and which', () => {
    expect(derive(all(['crashed', 'running']), { archived: true })).toMatchObject({
      status: 'archived',
      reason: { code: 'archived_is_running', message: 'archived, but one of its containers runs: running' },
      containerId: '1running',
    });
  });

  it('has its own instant and its place among the evidence', () => {
    const { since, evidence } = derive([someEnded(1)], { archived: true, archivedAt: T0 + MINUTE });
    expect(since).toBe(T0 + MINUTE);
    expect(evidence.map(({ source, what }) => `${source} ${what}`)).toEqual([
      'registry status=archived',
      'inspect state=exited exitCode=1',
    ]);
  });
});

describe('roles without labels', () => {
  const service = someContainer({ id: 'web', startedAt: T0 + HOUR + MINUTE });

  it.each<[string, ContainerRecord, ContainerRecord[], string]>([
    ['done, another service runs', someEnded(0), [service], 'one-shot'],
    ['done unseen, another service runs', someEnded(0, { endSeenBy: null }), [service], 'one-shot'],
    ['done, another service ran later', someEnded(0), [{ ...service, state: 'exited' }], 'one-shot'],
    ['done, another service ended before', someEnded(0), [someEnded(1, { id: 'x' })], 'service'],
    ['done, only a helper runs', someEnded(0), [{ ...service, role: 'helper' }], 'service'],
    ['done, alone', someEnded(0), [], 'service'],
    ['done under on-failure', someEnded(0, { restartPolicy: 'on-failure' }), [service], 'one-shot'],
    ['ended with 0 under always', someEnded(0, { restartPolicy: 'always' }), [service], 'service'],
    ['stopped on request with 0', someEnded(0, { stopRequestedAt: T0 + HOUR }), [service], 'service'],
    ['ended with 1', someEnded(1), [service], 'service'],
    ['labelled helper', someEnded(0, { role: 'helper' }), [service], 'helper'],
    ['still running', someContainer(), [service], 'service'],
  ])('%s', (...[, record, others, role]) => {
    expect(roleIn(record, [record, ...others], NOW)).toBe(role);
  });
});

describe('since when', () => {
  it('is when its container got there', () => {
    expect(derive([someEnded(1)]).since).toBe(T0 + HOUR);
    expect(derive([someContainer()]).since).toBe(T0);
  });

  it('is when the last of several got there', () => {
    const late = someContainer({ id: 'late', stateSince: T0 + HOUR });
    expect(derive([someContainer(), late])).toMatchObject({ since: T0 + HOUR, containerId: 'late' });
  });

  it('is when its health was told', () => {
    const at = new Date(T0 + MINUTE).toISOString();
    const evidence = [{ source: 'event' as const, at, what: 'health_status unhealthy', containerId: 'c1' }];
    expect(derive([someContainer({ health: 'unhealthy', evidence })]).since).toBe(T0 + MINUTE);
  });

  it('stays while another container joins, and never goes back when the phase changes', () => {
    const running = someContainer();
    const joining = someContainer({ id: 'new', stateSince: T0 + HOUR });
    expect(derive([running, joining], { phase: 'running', since: T0 }).since).toBe(T0);
    expect(derive([running], { phase: 'crashed', since: T0 + MINUTE }).since).toBe(T0 + MINUTE);
  });

  it('is a new run’s where the workspace is one container that was restarted unseen', () => {
    expect(derive([someContainer({ stateSince: T0 + HOUR })], { phase: 'running', since: T0 }).since).toBe(T0 + HOUR);
  });

  it('is now for what has just gone, and stays', () => {
    expect(derive([], { phase: 'stopped', since: T0 }).since).toBe(NOW);
    expect(derive([], { phase: 'missing', since: T0 }).since).toBe(T0);
  });
});

describe('evidence', () => {
  it('is what events told of the container that decided', () => {
    const evidence = [{ source: 'event' as const, at: null, what: 'die exitCode=1', containerId: 'c1' }];
    expect(derive([someEnded(1, { evidence })]).evidence).toEqual(evidence);
  });

  it('is the fields of the list or inspect where no event told', () => {
    const at = new Date(T0).toISOString();
    expect(derive([someContainer({ health: 'healthy', restartPolicy: null })]).evidence).toEqual([
      { source: 'list', at, what: 'state=running health=healthy', containerId: 'c1' },
    ]);
    expect(derive([someContainer()]).evidence).toMatchObject([{ source: 'inspect', what: 'state=running' }]);
  });
});

it('a registered workspace of which nothing was seen says so', () => {
  expect(derive([], { neverSeen: true })).toMatchObject({ phase: 'missing', reason: { code: 'workspace_registered' } });
});

it('every phase has its place among the severities, once', () => {
  expect([...SEVERITY].sort()).toEqual([...PHASES].sort());
});

/** Containers of different ids. */
const GROUP = fc.uniqueArray(anyContainer(), { maxLength: 5, selector: ({ id }) => id });

describe('whatever the containers are', () => {
  it('the order does not matter', () => {
    fc.assert(
      fc.property(GROUP, fc.boolean(), (group, archived) => {
        expect(derive(group.toReversed(), { archived })).toEqual(derive(group, { archived }));
      }),
    );
  });

  it('a helper changes neither status nor phase nor who decided', () => {
    fc.assert(
      fc.property(GROUP, anyContainer({ id: 'helper', role: 'helper' }), (group, helper) => {
        fc.pre(group.some(({ role, state }) => role !== 'helper' && state !== 'removed'));
        const { status, phase, containerId, since } = derive(group);
        expect(derive([...group, helper])).toMatchObject({ status, phase, containerId, since });
      }),
    );
  });

  it('a finished one-shot beside a service changes nothing either', () => {
    fc.assert(
      fc.property(GROUP, (group) => {
        fc.pre(group.some(({ role, state }) => role === 'service' && state === 'running'));
        const done = someEnded(0, { id: 'done', role: 'one-shot' });
        const { status, phase, containerId } = derive(group);
        expect(derive([...group, done])).toMatchObject({ status, phase, containerId });
      }),
    );
  });

  it('status and phase fit: archived by the archive alone, nothing active without a container', () => {
    fc.assert(
      fc.property(GROUP, fc.boolean(), (group, archived) => {
        const { status, phase, containerId, evidence } = derive(group, { archived });
        expect(status === 'archived').toBe(archived);
        expect(phase === 'archived').toBe(archived);
        if (status === 'active') expect(group.map(({ id }) => id)).toContain(containerId);
        if (phase === 'missing') expect(status).toBe('inactive');
        expect(evidence.length).toBeLessThanOrEqual(8);
      }),
    );
  });

  it('a running service makes it active', () => {
    fc.assert(
      fc.property(GROUP, (group) => {
        expect(derive([...group, someContainer({ id: 'up' })]).status).toBe('active');
      }),
    );
  });
});
