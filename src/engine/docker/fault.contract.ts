import type { TidewatchError } from '../../model/errors.ts';

/** What an attempt throws; one that does not is the test's failure. */
export function faultOf(attempt: () => unknown): TidewatchError {
  try {
    attempt();
  } catch (error) {
    return error as TidewatchError;
  }
  throw new Error('it did not throw');
}
