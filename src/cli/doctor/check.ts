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
