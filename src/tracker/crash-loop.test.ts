import { describe, expect, it } from 'vitest';
import type { ContainerRecord } from './container-record.ts';
import { loopInWords, loopStateOf } from './crash-loop.ts';
import { MINUTE, SECOND, someContainer, someEnded, T0 } from './some-container.contract.ts';

/** Deaths at these seconds after T0. */
const deaths = (...seconds: number[]) => seconds.map((second) => T0 + second * SECOND);
const at = (second: number) => T0 + second * SECOND;

/** Running since the last of these deaths, under a policy. */
function looping(seconds: number[], fields: Partial<ContainerRecord> = {}): ContainerRecord {
  const all = deaths(...seconds);
  return someContainer({ deaths: all, startedAt: all.at(-1) ?? T0, restartPolicy: 'always', ...fields });
}

describe('a loop', () => {
  it.each<[string, number[], number, boolean]>([
    ['no death', [], 1, false],
    ['two deaths', [1, 2], 3, false],
    ['three deaths at once', [1, 2, 3], 4, true],
    ['three deaths, steady for 59 s', [1, 2, 3], 62, true],
    ['three deaths, steady for a minute', [1, 2, 3], 63, false],
    ['three deaths at the longest back-off', [0, 61, 122], 123, true],
    ['three deaths in an hour', [0, 1_800, 3_600], 3_601, false],
    ['runs of 100 s, in the middle of the next one', [0, 100, 200], 290, true],
    ['runs of 100 s, and then one of 200 s', [0, 100, 200], 401, false],
    ['runs of 140 s: the window ends first', [0, 140, 280], 299, true],
    ['the same, after the window', [0, 140, 280], 300, false],
  ])('%s', (...[, seconds, now, isLooping]) => {
    expect(loopStateOf(looping(seconds), at(now)).isLooping).toBe(isLooping);
  });

  it.each<[string, Partial<ContainerRecord>, boolean]>([
    ['waiting for its restart', { state: 'restarting' }, true],
    ['ended for good', { state: 'exited', endSeenBy: 'sync' }, false],
    ['paused', { state: 'paused' }, false],
    ['started anew by somebody: no policy', { restartPolicy: 'no' }, false],
    ['policy not known yet', { restartPolicy: null }, true],
    ['on-failure', { restartPolicy: 'on-failure' }, true],
  ])('three deaths, %s', (...[, fields, isLooping]) => {
    expect(loopStateOf(looping([1, 2, 3], fields), at(4)).isLooping).toBe(isLooping);
  });

  it('says when it will be over without a further death', () => {
    expect(loopStateOf(looping([1, 2, 3]), at(4)).recheckAt).toBe(at(63));
    expect(loopStateOf(looping([0, 140, 280]), at(281)).recheckAt).toBe(T0 + 5 * MINUTE);
    expect(loopStateOf(looping([1, 2, 3]), at(63)).recheckAt).toBeNull();
  });

  it('under on-failure holds for the moment in which the engine has not said yet whether it restarts', () => {
    const died = someEnded(1, { restartPolicy: 'on-failure', deaths: deaths(1, 2, 3), finishedAt: at(3) });
    expect(loopStateOf(died, at(3.5))).toEqual({ isLooping: true, recheckAt: at(4) });
    expect(loopStateOf(died, at(4)).isLooping).toBe(false);
  });

  it('is seen at the first look, by the count of restarts and the length of the last run', () => {
    const fields = { state: 'restarting' as const, deaths: [], restartCount: 5, finishedAt: at(2) };
    expect(loopStateOf(looping([], fields), at(3)).isLooping).toBe(true);
    expect(loopStateOf(looping([], { ...fields, finishedAt: at(3_600) }), at(3_601)).isLooping).toBe(false);
    expect(loopStateOf(looping([], { ...fields, restartCount: 2 }), at(3)).isLooping).toBe(false);
  });

  it('is told with its number of ends', () => {
    expect(loopInWords(looping([1, 2, 3]), at(4))).toBe('3 times in 5 min');
    expect(loopInWords(looping([1, 2, 3, 4, 5, 6, 7, 8]), at(9))).toBe('at least 8 times in 5 min');
    expect(loopInWords(looping([], { restartCount: 5 }), at(9))).toBe('5 restarts');
  });
});
