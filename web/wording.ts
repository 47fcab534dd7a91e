import type { TidewatchEvent } from '../src/model/events.ts';
import { REASONS, type Reason } from '../src/model/reasons.ts';
import { formatLevel } from '../src/runtime/quantity.ts';
import type { Texts } from './texts/texts.ts';
import type { Workspace } from './workspace.ts';

/** A span in two units at most, as `3h 12m`. Negative spans (clocks differ) are zero. */
export function spanText(spanMs: number, { units }: Texts): string {
  const [s, m, h, d] = units;
  const seconds = Math.max(0, Math.floor(spanMs / 1000));
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  const days = Math.floor(hours / 24);
  if (minutes < 1) return `${seconds}${s}`;
  if (minutes < 10) return `${minutes}${m} ${seconds % 60}${s}`;
  if (hours < 1) return `${minutes}${m}`;
  if (days < 1) return `${hours}${h} ${minutes % 60}${m}`;
  return `${days}${d} ${hours % 24}${h}`;
}

/** How long ago; empty for what is no instant. */
export function ageText(iso: string | null, now: number, texts: Texts): string {
  const at = iso === null ? Number.NaN : Date.parse(iso);
  return Number.isNaN(at) ? '' : spanText(now - at, texts);
}

/** Signs are found in windows of ten seconds: what is not older than two is going on. */
const NOW_MS = 20_000;

/** When somebody, or something, last worked in it, and by what that was seen. */
export function activityText(
  { lastActivity, lastActivityKind: kind }: Pick<Workspace, 'lastActivity' | 'lastActivityKind'>,
  now: number,
  texts: Texts,
): string {
  if (lastActivity === null) return texts.noActivity;
  const age = now - Date.parse(lastActivity);
  const sign = kind === null ? '' : `, ${Object.hasOwn(texts.signs, kind) ? texts.signs[kind as Sign] : kind}`;
  return `${age < NOW_MS ? texts.activeNow : texts.activeAgo(spanText(age, texts))}${sign}`;
}

type Sign = keyof Texts['signs'];

/** What exceeds its threshold now, as a row has room for it; empty for nothing. */
export function exceededText({ exceeded }: Pick<Workspace, 'exceeded'>, { thresholdMetrics }: Texts): string {
  return exceeded
    .map(({ metric, value, unit }) => `${thresholdMetrics[metric]} ${formatLevel(value, unit)}`)
    .join(', ');
}

/** The same in full, one of each. */
export function exceededFacts({ exceeded }: Pick<Workspace, 'exceeded'>, now: number, texts: Texts): string[] {
  return exceeded.map(({ metric, value, threshold, unit, since }) => {
    const above = texts.aboveFor(formatLevel(value, unit), formatLevel(threshold, unit), ageText(since, now, texts));
    return `${texts.thresholdMetrics[metric]} ${above}`;
  });
}

/** A reason in the person's language, with the detail the daemon appended. */
export function reasonText({ code, message }: Reason, { reasons, lang }: Texts): string {
  if (lang === 'en' || !Object.hasOwn(reasons, code)) return message;
  const usual = REASONS[code];
  return message.startsWith(usual) ? reasons[code] + message.slice(usual.length) : reasons[code];
}

/** An event as one line. English has the daemon's own words. */
export function eventText(event: TidewatchEvent, workspace: Workspace | undefined, texts: Texts): string {
  if (texts.lang === 'en') return event.message;
  if (event.type === 'status_changed') {
    const { oldStatus, newStatus, reason } = event.data;
    const from = oldStatus === null ? '' : `${texts.statuses[oldStatus]} → `;
    return `${from}${texts.statuses[newStatus]}: ${texts.reasons[reason] ?? reason}`;
  }
  if (event.type === 'container_update') {
    const { containerId, oldState, newState } = event.data;
    const container = workspace?.containers.find(({ id }) => id === containerId);
    const from = oldState === null ? '' : `${texts.states[oldState]} → `;
    return `${container?.name ?? containerId.slice(0, 12)}: ${from}${texts.states[newState]}`;
  }
  if (event.type === 'threshold_exceeded') {
    const { metric, value, threshold, unit, since, exceededAt } = event.data;
    const span = spanText(Date.parse(exceededAt) - Date.parse(since), texts);
    return `${texts.thresholdMetrics[metric]} ${texts.aboveFor(formatLevel(value, unit), formatLevel(threshold, unit), span)}`;
  }
  if (event.type === 'threshold_cleared') {
    const { metric, value, threshold, unit, reason, duration } = event.data;
    const end =
      reason === 'below' && value !== null ? texts.nowAt(formatLevel(value, unit)) : texts.thresholdEnds[reason];
    const was = texts.wasAboveFor(formatLevel(threshold, unit), spanText(duration, texts));
    return `${texts.thresholdMetrics[metric]} ${was}, ${end}`;
  }
  return event.message;
}

/** What a screen reader should say of a change; empty when nothing of weight changed. */
export function announcementOf(
  before: ReadonlyMap<string, Workspace> | null,
  after: ReadonlyMap<string, Workspace> | null,
  texts: Texts,
): string {
  if (before === null || after === null || before === after) return '';
  const changed = [...after.values()].filter((now) => {
    const then = before.get(now.id);
    return then !== undefined && then !== now && then.phase !== now.phase;
  });
  if (changed.length === 0) return '';
  if (changed.length > 3) return texts.manyChanged(changed.length);
  return changed
    .map(({ name, phase, reason }) => texts.changed(name, texts.phases[phase] ?? phase, reasonText(reason, texts)))
    .join('. ');
}
