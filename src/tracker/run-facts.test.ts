import { describe, expect, it } from 'vitest';
import { endRun } from './run-facts.ts';
import { HOUR, SECOND, someContainer, T0 } from './some-container.contract.ts';

const END = T0 + HOUR;

describe('a death nobody asked for', () => {
  it.each([
    ['by itself', {}, 1],
    ['an hour after a HUP', { killSignal: 1, killedAt: T0 + SECOND }, 1],
    ['of the HUP itself', { killSignal: 1, killedAt: END - SECOND, exitCode: 129 }, 0],
    ['after a TERM', { killSignal: 15, killedAt: END - SECOND }, 0],
    ['after a stop', { stopRequestedAt: END - SECOND }, 0],
  ])('is remembered: %s', (_, fields, deaths) => {
    const record = someContainer({ exitCode: 1, ...fields });
    endRun(record, END, 'event');
    expect(record.deaths).toHaveLength(deaths);
  });
});
