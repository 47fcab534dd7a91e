import { TidewatchError } from '../model/errors.ts';
import type { Labels } from '../model/labels.ts';
import { THRESHOLD_METRICS, THRESHOLD_MOST, THRESHOLD_UNIT, type ThresholdMetric } from '../model/threshold-metrics.ts';
import { type Duration, parseDuration } from '../runtime/duration.ts';

/** A level at which a figure is told; `off` never. */
export type ThresholdSetting =
  | number
  | 'off'
  | {
      readonly raise: number;
      /** Below it the figure counts as normal again; 90 % of `raise` unless given. */
      readonly clear?: number;
      /** How long it must be above (or below) without a break; 30 s unless given. */
      readonly for?: Duration;
    };
export type ThresholdSettings = Readonly<Partial<Record<ThresholdMetric, ThresholdSetting>>>;

/** A threshold as it is applied. */
export interface ThresholdRule {
  readonly metric: ThresholdMetric;
  readonly raise: number;
  readonly clear: number;
  readonly forMs: number;
}

export const THRESHOLD_DEFAULTS: ThresholdSettings = Object.freeze({ cpu: 80, memory: 85 });

const CLEAR_RATIO = 0.9;
const FOR_MS = 30_000;

/** Labels that set a threshold for one workspace: `tidewatch.threshold.memory=95`, `tidewatch.threshold.cpu=off`. */
const LABEL_PREFIX = 'tidewatch.threshold.';

/** Rules of all workspaces. Throws `config_invalid`. */
export function rulesOf(settings: ThresholdSettings): readonly ThresholdRule[] {
  const rules: ThresholdRule[] = [];
  for (const [name, setting] of Object.entries({ ...THRESHOLD_DEFAULTS, ...settings })) {
    const metric = metricNamed(name);
    if (metric === undefined) {
      throw new TidewatchError(
        'config_invalid',
        `thresholds: unknown metric ${name}; there are ${THRESHOLD_METRICS.join(', ')}`,
      );
    }
    if (setting !== 'off' && setting !== undefined) rules.push(ruleOf(metric, setting));
  }
  return rules;
}

function ruleOf(metric: ThresholdMetric, setting: Exclude<ThresholdSetting, 'off'>): ThresholdRule {
  const { raise, clear, for: duration } = typeof setting === 'number' ? { raise: setting } : setting;
  const rule = {
    metric,
    raise,
    clear: clear ?? raise * CLEAR_RATIO,
    forMs: parseDuration(duration ?? FOR_MS) ?? Number.NaN,
  };
  const isLevel = rule.raise > 0 && Number.isFinite(rule.raise) && rule.raise <= THRESHOLD_MOST[metric];
  const isSound = isLevel && rule.clear >= 0 && rule.clear <= rule.raise;
  if (!isSound || Number.isNaN(rule.forMs)) {
    throw new TidewatchError(
      'config_invalid',
      `thresholds.${metric}: expected a level above 0 that it can reach (memory up to 100, ratios up to 1), a clear level not above it and a duration; got ${JSON.stringify(setting)}`,
    );
  }
  return rule;
}

/** All that the labels say of thresholds, as one text: the rules need to be made anew only when it changes. */
export function thresholdLabels(labels: Labels): string {
  let text = '';
  for (const key in labels) if (key.startsWith(LABEL_PREFIX)) text += `${key}=${labels[key]}\n`;
  return text;
}

/**
 * Rules of one workspace: those of all, changed by its labels. The same list when no label says anything. What cannot be
 * understood is told to `onProblem` and changes nothing.
 */
export function rulesWithLabels(
  rules: readonly ThresholdRule[],
  labels: Labels,
  onProblem: (problem: string) => void,
): readonly ThresholdRule[] {
  let own = rules;
  for (const key of Object.keys(labels)) {
    if (!key.startsWith(LABEL_PREFIX)) continue;
    const text = (labels[key] as string).trim();
    const metric = metricNamed(key.slice(LABEL_PREFIX.length));
    const level = text === 'off' ? 'off' : levelOf(text, metric);
    if (metric === undefined || level === undefined) {
      onProblem(
        `label ${key}=${text.slice(0, 50)}: expected a known metric and a level above 0 that it can reach (memory up to 100, ratios up to 1), as in ${LABEL_PREFIX}memory=90, or off`,
      );
      continue;
    }
    const others = own.filter((rule) => rule.metric !== metric);
    own = level === 'off' ? others : [...others, ruleOf(metric, level)];
  }
  return own;
}

/** Label keys are written in lower case by custom: `networkrx`, `network-rx` and `networkRx` are the same. */
function metricNamed(name: string): ThresholdMetric | undefined {
  const plain = name.replaceAll(/[-_]/g, '').toLowerCase();
  return THRESHOLD_METRICS.find((metric) => metric.toLowerCase() === plain);
}

function levelOf(text: string, metric: ThresholdMetric | undefined): number | undefined {
  if (metric === undefined) return undefined;
  const number = THRESHOLD_UNIT[metric] === 'percent' ? text.replace(/\s*%$/, '') : text;
  const level = /^\d{1,15}(\.\d{1,9})?$/.test(number) ? Number(number) : Number.NaN;
  return level > 0 && level <= THRESHOLD_MOST[metric] ? level : undefined;
}
