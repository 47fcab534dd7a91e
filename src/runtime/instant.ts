import { parseDuration } from './duration.ts';

/** Shorter numbers are seconds or years to most people: refused rather than guessed. */
const EPOCH_MS = /^\d{12,14}$/;
const RELATIVE = /^now(?:-(.+))?$/;
/** ISO 8601 with a zone, or a date alone, which is its midnight in UTC. */
const ISO = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2}))?$/;

/** What {@link parseInstant} takes, in words. */
export const INSTANT_FORMS = 'an instant as in now, now-24h, 2026-11-25T09:00:00Z or epoch milliseconds';

/** An instant as people write it → epoch ms; `undefined` when it is none. */
export function parseInstant(text: string, now: number): number | undefined {
  const relative = RELATIVE.exec(text);
  if (relative !== null) {
    const ago = relative[1] === undefined ? 0 : parseDuration(relative[1]);
    return ago === undefined ? undefined : now - ago;
  }
  if (EPOCH_MS.test(text)) return Number(text);
  if (!ISO.test(text)) return undefined;
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : at;
}
