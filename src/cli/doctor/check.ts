import { ERRORS, toTidewatchError } from '../../model/errors.ts';

/** One line of the doctor. */
export interface Check {
  /** What was looked at. */
  readonly name: string;
  readonly status: 'ok' | 'warn' | 'fail';
  /** What was found. */
  readonly detail: string;
  /** What to do; `null` when nothing is wrong. */
  readonly advice: string | null;
}

export function ok(name: string, detail: string): Check {
  return { name, status: 'ok', detail, advice: null };
}

export function warn(name: string, detail: string, advice: string): Check {
  return { name, status: 'warn', detail, advice };
}

export function fail(name: string, detail: string, advice: string): Check {
  return { name, status: 'fail', detail, advice };
}

/** A check that ended with an error: what happened, and below it what its code advises. */
export function failed(name: string, thrown: unknown): Check {
  const { code, message } = toTidewatchError(thrown);
  const advice = ERRORS[code].meaning;
  // Many messages end with the advice of their code; it is given once.
  const said = sentencesOf(message).filter((sentence) => !sentencesOf(advice).includes(sentence));
  return fail(name, said.join(' ') || message, advice);
}

function sentencesOf(text: string): string[] {
  return text.split(/(?<=\.) /);
}
