import type { EventDraft } from '../model/events.ts';
import { toIso } from '../runtime/iso.ts';

/** What is known of events that had to make room, until a `gap` event tells it. */
export class LossRecord {
  count = 0;
  /** Number of the newest one lost; 0 if they had none yet. */
  lastSeq = 0;
  #from: string | null = null;
  #firstSeq = 0;

  add(timestamp: string, seq = 0): void {
    this.count += 1;
    this.#from ??= timestamp;
    this.#firstSeq ||= seq;
    this.lastSeq = seq;
  }

  clear(): void {
    this.count = 0;
    this.lastSeq = 0;
    this.#firstSeq = 0;
    this.#from = null;
  }

  /** The `gap` event that stands for them; `undefined` when nothing was lost. */
  toDraft(now: number, reason: string): EventDraft<'gap'> | undefined {
    if (this.count === 0) return undefined;
    const numbers = this.lastSeq === 0 ? '' : ` (numbers ${this.#firstSeq} to ${this.lastSeq})`;
    const to = toIso(now);
    return {
      type: 'gap',
      workspaceId: null,
      timestamp: to,
      message: `${this.count} events were not stored${numbers}: ${reason}`,
      data: { scope: 'log', reason, from: this.#from, to },
      recovered: false,
    };
  }
}
