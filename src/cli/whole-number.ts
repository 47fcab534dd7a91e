import { TidewatchError } from '../model/errors.ts';

/** The number that was given for an option or argument, named as in `--limit`. Throws `usage`. */
export function wholeNumber(option: string, text: string, least: number): number {
  const number = /^\d{1,15}$/.test(text) ? Number(text) : -1;
  if (number >= least) return number;
  throw new TidewatchError('usage', `${option} ${text}: give a whole number of ${least} or more`);
}
