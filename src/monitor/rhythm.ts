import { REGULAR_RATIO, REGULAR_STREAK } from './activity.ts';

/** So many different things are remembered; what was not seen for longest is forgotten first. */
const KNOWN_MOST = 8_192;

/** Beats that may be missing before a rhythm is over. */
const MISSED_MOST = 3;

/** A clock is as exact once an hour as once a minute; a person who comes about then is none. */
const JITTER_MOST_MS = 15_000;

/** When something happened, and what distance it keeps. Instants are epoch ms. */
interface Beat {
  at: number;
  /** From the one before; `NaN` before the second. */
  gap: number;
  /** How many gaps in a row were like the one before. */
  streak: number;
  /** The distance found, and when it was kept last; `NaN` while there is none. */
  period: number;
  keptAt: number;
}

/** Tells a clock's work (a poller, a cron job) from somebody's: it comes at equal distances. */
export class Rhythms {
  readonly #beats = new Map<string, Beat>();

  /** Notes that it happened at `at`; gives whether that was due by its own rhythm, or was noted before. */
  isDue(key: string, at: number): boolean {
    const beat = this.#beats.get(key);
    if (beat === undefined) {
      this.#add(key, { at, gap: Number.NaN, streak: 0, period: Number.NaN, keptAt: Number.NaN });
      return false;
    }
    if (at <= beat.at) return true;
    this.#beats.delete(key);
    this.#beats.set(key, beat);
    const gap = at - beat.at;
    beat.streak = isNear(gap, beat.gap) ? beat.streak + 1 : 0;
    beat.gap = gap;
    beat.at = at;
    if (beat.streak >= REGULAR_STREAK) beat.period = gap;
    else if (!keepsPeriod(beat, at)) return false;
    beat.keptAt = at;
    return true;
  }

  #add(key: string, beat: Beat): void {
    if (this.#beats.size >= KNOWN_MOST) this.#beats.delete(this.#beats.keys().next().value ?? '');
    this.#beats.set(key, beat);
  }
}

/** Something else in between, as a person's command, does not end a rhythm. */
function keepsPeriod({ period, keptAt }: Beat, at: number): boolean {
  const count = Math.round((at - keptAt) / period);
  return count >= 1 && count <= MISSED_MOST && isNear((at - keptAt) / count, period);
}

function isNear(gap: number, usual: number): boolean {
  return Math.abs(gap - usual) <= Math.min(usual * REGULAR_RATIO, JITTER_MOST_MS);
}
