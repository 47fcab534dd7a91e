import fc from 'fast-check';
import { expect, it } from 'vitest';
import { PHASES } from '../src/model/workspace.ts';
import { PLAIN_VIEW, readView, SORTS, writeView } from './view-state.ts';

it('comes back from the address as it was', () => {
  const view = fc.record({
    q: fc.string({ unit: 'grapheme', maxLength: 40 }),
    phases: fc.subarray([...PHASES]).map((phases) => new Set(phases)),
    sort: fc.constantFrom(...SORTS),
    selected: fc.option(fc.string({ minLength: 1, maxLength: 40 })),
  });
  fc.assert(
    fc.property(view, (one) => {
      expect(readView(writeView(one))).toEqual(one);
    }),
  );
});

it('leaves the address clean for the plain view', () => {
  expect(writeView(PLAIN_VIEW)).toBe('');
});

it('takes any address, and leaves out what it does not know', () => {
  expect(readView('?phase=running,nonsense&sort=size&w=')).toEqual({ ...PLAIN_VIEW, phases: new Set(['running']) });
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(readView(text).q.length).toBeLessThanOrEqual(200);
    }),
  );
});
