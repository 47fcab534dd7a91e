import fc from 'fast-check';
import { expect, it, vi } from 'vitest';
import type { EngineAction, EngineEvent } from '../engine/engine.ts';
import { TidewatchError } from '../model/errors.ts';
import type { WorkspaceFigures, WorkspaceMetrics } from '../model/workspace.ts';
import { memoryWorkspaceService } from './memory-workspace-service.ts';
import { running, startScripted } from './scripted-tracker.contract.ts';
import { WorkspaceViews } from './workspace-views.ts';

const IDS = ['a0', 'b0', 'c0'];

/** Events of a container; some make no sense where it stands, as may come from an engine. */
const EVENTS: readonly [EngineAction, Partial<EngineEvent>?][] = [
  ['create'],
  ['start'],
  ['die', { exitCode: 0 }],
  ['die', { exitCode: 3 }],
  ['oom'],
  ['kill', { signal: 9 }],
  ['pause'],
  ['unpause'],
  ['rename', { name: 'other' }],
  ['health_status', { health: 'unhealthy' }],
  ['destroy'],
];

const anyOp = fc.oneof(
  fc.record({ what: fc.constant('event' as const), id: fc.constantFrom(...IDS), event: fc.constantFrom(...EVENTS) }),
  fc.record({
    what: fc.constantFrom(
      ...(['edit', 'archive', 'unarchive', 'register', 'forget', 'exit', 'figures', 'activity', 'inspect'] as const),
    ),
    id: fc.constantFrom(...IDS),
    choice: fc.nat({ max: 3 }),
  }),
  fc.record({ what: fc.constantFrom(...(['cut', 'restart', 'gone', 'back', 'registry', 'sync'] as const)) }),
  fc.record({
    what: fc.constant('crash' as const),
    id: fc.constantFrom(...IDS),
    times: fc.integer({ min: 1, max: 4 }),
  }),
  fc.record({ what: fc.constant('wait' as const), ms: fc.constantFrom(1, 200, 500, 1_100, 16_000, 61_000, 400_000) }),
);
type Op = typeof anyOp extends fc.Arbitrary<infer T> ? T : never;

/** Compares all views with those that are drawn anew. */
function compareViews() {
  const { all } = WorkspaceViews.prototype;
  vi.spyOn(WorkspaceViews.prototype, 'all').mockImplementation(function (this: WorkspaceViews) {
    const kept = all.call(this);
    this.dropAll();
    expect(kept).toEqual(all.call(this));
    return kept;
  });
}

async function begin() {
  const service = memoryWorkspaceService();
  let isBroken = false;
  const registry = {
    exclusive: false,
    get: (id: string) => service.get(id),
    list: () => service.list(),
    remove: async (id: string) => service.remove?.(id),
    update: async (...args: Parameters<typeof service.update>) => {
      if (isBroken) throw new Error('disk full');
      return service.update(...args);
    },
  };
  const scripted = await startScripted((engine) => engine.put('a0', running), { workspaces: registry });
  const metrics = new Map<string, WorkspaceMetrics>();
  const activity = new Map<string, { at: number; kind: string }>();
  const figures: WorkspaceFigures = {
    metricsOf: (id) => metrics.get(id) ?? null,
    diskUsedOf: () => null,
    activityOf: (id) => activity.get(id) ?? null,
    thresholdsOf: () => null,
  };
  scripted.tracker.setFigures(figures);
  scripted.tracker.onStateChange(() => {});
  const toggleRegistry = () => {
    isBroken = !isBroken;
  };
  return { ...scripted, metrics, activity, toggleRegistry };
}

type World = Awaited<ReturnType<typeof begin>>;

async function crash({ engine, clock, tracker }: World, { id, times }: { id: string; times: number }): Promise<void> {
  engine.put(id, { restartPolicy: times % 2 === 0 ? 'always' : 'on-failure' });
  for (let time = 0; time < times; time += 1) {
    engine.happen(id, 'start');
    await clock.advance(400);
    engine.happen(id, 'die', { exitCode: 3 });
    tracker.getAllWorkspaceStates();
    await clock.advance(300);
  }
}

async function play(world: World, op: Op): Promise<void> {
  const { engine, tracker, clock } = world;
  if (op.what === 'wait') return clock.advance(op.ms);
  if (op.what === 'event') return engine.happen(op.id, ...op.event);
  if (op.what === 'crash') return crash(world, op);
  if (op.what === 'cut' || op.what === 'restart') return engine.cut({ restart: op.what === 'restart' });
  if (op.what === 'registry') return world.toggleRegistry();
  if (op.what === 'sync') return void (await tracker.forceSync().catch(() => {}));
  if (op.what === 'back') engine.failure = null;
  if (op.what === 'gone') engine.failure = new TidewatchError('engine_unreachable', 'no engine');
  if (!('choice' in op)) return;
  const { what, choice } = op;
  const id = `container:${op.id}`;
  if (what === 'figures') world.metrics.set(id, { cpuPercent: choice } as WorkspaceMetrics);
  if (what === 'activity') world.activity.set(id, { at: clock.now() + (choice - 1) * 10_000, kind: `kind ${choice}` });
  if (what === 'exit') tracker.noteExit(op.id);
  const asked = {
    edit: () => tracker.updateWorkspace(id, { name: `name ${choice}`, labels: { choice: String(choice) } }),
    archive: () => tracker.archiveWorkspace(id),
    unarchive: () => tracker.unarchiveWorkspace(id),
    register: () => tracker.registerWorkspace({ id, owner: `owner ${choice}` }),
    forget: () => tracker.forgetWorkspace(id),
    inspect: () => tracker.forceSync(id),
  };
  if (what in asked) void asked[what as keyof typeof asked]().catch(() => {});
}

it('a state that was kept is the same as one drawn anew, whatever happens', async () => {
  compareViews();
  await fc.assert(
    fc.asyncProperty(fc.array(anyOp, { minLength: 1, maxLength: 40 }), async (ops) => {
      const world = await begin();
      for (const op of ops) {
        await play(world, op);
        world.tracker.getAllWorkspaceStates();
        // Else the next thing happens in the same millisecond.
        await Promise.resolve();
        world.tracker.getAllWorkspaceStates();
      }
      await world.tracker.stop();
    }),
    { numRuns: 200 },
  );
  // A busy machine takes long; that says nothing about the tracker.
}, 180_000);

it('is the same object while nothing of it changed', async () => {
  const { tracker, engine, clock, metrics } = await begin();
  await clock.advance(2_000);
  const before = tracker.getWorkspaceState('container:a0');
  expect(tracker.getWorkspaceState('container:a0')).toBe(before);
  metrics.set('container:a0', { cpuPercent: 1 } as WorkspaceMetrics);
  const measured = tracker.getWorkspaceState('container:a0');
  expect(measured).toEqual({ ...before, metrics: { cpuPercent: 1 } });
  expect(tracker.getAllWorkspaceStates().get('container:a0')).toBe(measured);
  engine.happen('a0', 'pause');
  expect(tracker.getWorkspaceState('container:a0')?.phase).toBe('paused');
});
