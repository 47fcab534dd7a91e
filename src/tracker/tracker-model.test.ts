import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EngineAction, EngineEvent } from '../engine/engine.ts';
import { TidewatchError } from '../model/errors.ts';
import { startScripted } from './scripted-tracker.contract.ts';

type Scripted = Awaited<ReturnType<typeof startScripted>>;

/** What can happen to a container in a state, and where it leads. */
const STEPS: Readonly<Record<string, readonly [EngineAction, string, Partial<EngineEvent>?][]>> = {
  gone: [['create', 'created']],
  created: [
    ['start', 'running'],
    ['destroy', 'removed'],
  ],
  running: [
    ['die', 'exited', { exitCode: 0 }],
    ['die', 'exited', { exitCode: 3 }],
    ['pause', 'paused'],
    ['oom', 'running'],
    ['kill', 'running', { signal: 1 }],
    ['health_status', 'running', { health: 'unhealthy' }],
  ],
  paused: [['unpause', 'running']],
  exited: [
    ['start', 'running'],
    ['destroy', 'removed'],
  ],
};

/** A pause sooner after an unpause may be a false one, and no engine starts a container twice within 100 ms. */
const APART_MS: Partial<Record<EngineAction, number>> = { pause: 400, start: 100 };

interface Op {
  readonly what: 'step' | 'cut' | 'restart' | 'gone' | 'back' | 'wait';
  readonly slot: number;
  readonly choice: number;
  readonly afterMs: number;
}

const anyOp: fc.Arbitrary<Op> = fc.record({
  what: fc.oneof(
    { weight: 12, arbitrary: fc.constant<Op['what']>('step') },
    { weight: 3, arbitrary: fc.constantFrom<Op['what']>('cut', 'restart', 'gone', 'back', 'wait') },
  ),
  slot: fc.nat({ max: 3 }),
  choice: fc.nat({ max: 5 }),
  afterMs: fc.constantFrom(0, 0, 0, 1, 40, 500, 5_000),
});

/** The truth, kept beside what is told: every state each container has had. */
class Truth {
  readonly states = new Map<string, string[]>();
  readonly #ids = ['a0', 'b0', 'c0', 'd0'];
  #made = 0;
  /** The engine forgot events: some steps cannot be told any more. */
  forgot = false;

  async step({ engine, clock }: Scripted, { slot, choice }: Op): Promise<void> {
    const id = this.#ids[slot] ?? '';
    const path = this.states.get(id) ?? [];
    const steps = STEPS[path.at(-1) ?? 'gone'] ?? [];
    const step = steps[choice % steps.length];
    if (step === undefined) return;
    const [action, to, fields] = step;
    await clock.advance(APART_MS[action] ?? 0);
    engine.happen(id, action, fields);
    if (to !== path.at(-1)) this.states.set(id, [...path, to]);
    if (to !== 'removed') return;
    this.#made += 1;
    this.#ids[slot] = `${id[0]}${this.#made}`;
  }
}

async function play(scripted: Scripted, ops: readonly Op[]): Promise<Truth> {
  const { engine, clock } = scripted;
  const truth = new Truth();
  // Only with an event to meet again can it be proven that none was missed.
  engine.happen('first', 'create');
  for (const op of ops) {
    if (op.what === 'step') await truth.step(scripted, op);
    if (op.what === 'cut') engine.cut();
    if (op.what === 'gone') engine.failure = new TidewatchError('engine_unreachable', 'no engine');
    if (op.what === 'back') engine.failure = null;
    if (op.what === 'restart') truth.forgot = true;
    if (op.what === 'restart' || op.what === 'gone') engine.cut({ restart: op.what === 'restart' });
    await clock.advance(op.afterMs);
  }
  engine.failure = null;
  await clock.advance(45_000);
  return truth;
}

/** The first is the second with some left out. */
function isWithin(some: readonly string[], all: readonly string[]): boolean {
  let from = 0;
  for (const state of some) {
    from = all.indexOf(state, from) + 1;
    if (from === 0) return false;
  }
  return true;
}

function expectUnbroken(changes: readonly { of: string; from: string | null; to: string }[]): void {
  const last = new Map<string, string>();
  for (const { of, from, to } of changes) {
    expect(from).toBe(last.get(of) ?? null);
    expect(to).not.toBe(from);
    last.set(of, to);
  }
}

describe('whatever happens, and however the stream breaks', () => {
  it('the final state is the true one, nothing is invented, and nothing is missed without a gap', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyOp, { minLength: 1, maxLength: 40 }), async (ops) => {
        const scripted = await startScripted();
        const truth = await play(scripted, ops);
        const { tracker, of } = scripted;
        for (const [id, path] of truth.states) {
          const view = tracker.getWorkspaceState(`container:${id}`);
          const now = path.at(-1);
          if (now !== 'removed') expect(view?.containerState).toBe(now);
          else expect(view?.phase ?? 'missing').toBe('missing');
          const told = of('container_update').filter(({ data }) => data.containerId === id);
          const states = told.map(({ data }) => data.newState as string);
          expect(isWithin(states, path), `${states} of ${path}`).toBe(true);
          if (!truth.forgot) expect(states).toEqual(path);
        }
        if (!truth.forgot) expect(of('gap')).toEqual([]);
        expectUnbroken(
          of('container_update').map(({ data }) => ({ of: data.containerId, from: data.oldState, to: data.newState })),
        );
        expectUnbroken(
          of('status_changed').map(({ workspaceId, data }) => ({
            ...{ of: workspaceId ?? '', from: data.oldStatus, to: data.newStatus },
          })),
        );
        await tracker.stop();
      }),
      { numRuns: 150 },
    );
    // A busy machine takes long; that says nothing about the tracker.
  }, 180_000);
});
