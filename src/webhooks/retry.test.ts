import { expect, test } from 'vitest';
import { isTriedAgain } from './retry.ts';

const outcome = (status: number | null) => ({ status, error: 'no', text: '', retryAfterMs: null, durationMs: 1 });

test.each([null, 500, 503, 408, 425, 429])('an answer of %s is waited for, for a day', (status) => {
  expect(isTriedAgain(outcome(status), { attempts: 100, sinceMs: 86_399_999 })).toBe(true);
  expect(isTriedAgain(outcome(status), { attempts: 100, sinceMs: 86_400_000 })).toBe(false);
});

test.each([301, 400, 401, 404, 410, 422])('an answer of %s is a refusal: five times', (status) => {
  expect(isTriedAgain(outcome(status), { attempts: 4, sinceMs: 0 })).toBe(true);
  expect(isTriedAgain(outcome(status), { attempts: 5, sinceMs: 0 })).toBe(false);
});
