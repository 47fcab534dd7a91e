import fc from 'fast-check';
import { expect, it, vi } from 'vitest';
import { cores } from './fake-usage-source.contract.ts';
import { KeptFigures } from './kept-figures.ts';
import { monitored } from './monitored.contract.ts';
import { metricsOf } from './workspace-figures.ts';

const anyOp = fc.oneof(
  fc.record({ what: fc.constant('wait' as const), choice: fc.constantFrom(1, 400, 1_000, 5_000, 30_000) }),
  fc.record({
    what: fc.constantFrom(
      ...(['step', 'levels', 'fail', 'slow', 'error', 'activity', 'end', 'run', 'begin', 'second'] as const),
    ),
    choice: fc.nat({ max: 3 }),
  }),
);
type Op = typeof anyOp extends fc.Arbitrary<infer T> ? T : never;

/** Compares all figures that are given with those made anew; counts those that were the same object as before. */
function compareFigures() {
  const { of } = KeptFigures.prototype;
  const last = new WeakMap<KeptFigures, object | null>();
  const counts = { kept: 0 };
  vi.spyOn(KeptFigures.prototype, 'of').mockImplementation(function (this: KeptFigures, ...args) {
    const kept = of.apply(this, args);
    expect(kept).toEqual(metricsOf(...args));
    if (kept !== null && last.get(this) === kept) counts.kept += 1;
    last.set(this, kept);
    return kept;
  });
  return counts;
}

function instant(choice: number): string {
  return `2025-12-0${choice + 1}T00:00:00.000Z`;
}

async function play({ clock, monitor, source, tracker }: ReturnType<typeof monitored>, { what, choice }: Op) {
  const usage = source.containers.get('a');
  const doIt: Record<Op['what'], () => unknown> = {
    wait: () => clock.advance(choice),
    step: () => clock.step((choice - 1) * 400),
    levels: () => usage && Object.assign(usage.values, { memoryCharged: 1e6 * (choice + 1) }),
    fail: () => usage && Object.assign(usage, { error: choice === 0 ? null : new Error('unreadable') }),
    slow: () => Object.assign(source, { isSlow: choice > 1 }),
    error: () => monitor.noteError('a', clock.now() + choice),
    activity: () => monitor.noteActivity('a', 'exec', clock.now() + choice),
    end: () => tracker.end('a'),
    run: () => tracker.run('a'),
    begin: () => tracker.run('a', instant(choice)),
    second: () =>
      tracker.set(
        'a',
        ['a', 'b'].slice(0, 1 + (choice % 2)).map((id) => ({ id, startedAt: instant(choice) })),
      ),
  };
  await doIt[what]();
}

it('figures that were kept are the same as those made anew, whatever happens', async () => {
  const counts = compareFigures();
  await fc.assert(
    fc.asyncProperty(fc.array(anyOp, { minLength: 1, maxLength: 30 }), async (ops) => {
      const parts = monitored({ collectInterval: 1_000 });
      const { clock, monitor, source, tracker } = parts;
      source.add('a', { memoryCharged: 1e6 }, cores(0.5));
      source.add('b', { memoryCharged: 2e6 }, cores(0.2));
      tracker.run('a');
      await monitor.start();
      await clock.advance(2_500);
      for (const op of ops) {
        await play(parts, op);
        monitor.getWorkspaceMetrics('a');
        monitor.getWorkspaceMetrics('a');
      }
      await monitor.stop();
    }),
    { numRuns: 200 },
  );
  expect(counts.kept).toBeGreaterThan(100);
  // A busy machine takes long; that says nothing about the monitor.
}, 120_000);
