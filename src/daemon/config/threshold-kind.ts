import {
  THRESHOLD_METRICS,
  THRESHOLD_MOST,
  THRESHOLD_UNIT,
  type ThresholdMetric,
} from '../../model/threshold-metrics.ts';
import type { ThresholdSetting } from '../../monitor/threshold-rules.ts';
import { hintAt } from '../../runtime/nearest-name.ts';
import { type Checked, duration, expected, isOff, type ValueKind } from './value-kinds.ts';

/** What a level is called in each unit, and how one looks. */
const WORDS = {
  percent: { what: 'a percentage', example: '80' },
  'bytes/s': { what: 'bytes a second', example: '50MiB' },
  count: { what: 'a number', example: '500' },
  ratio: { what: 'a ratio', example: '0.5' },
} as const;

const PARTS = ['raise', 'clear', 'for'] as const;

const SIZE_UNITS: Readonly<Record<string, number>> = {
  '': 1,
  B: 1,
  kB: 1e3,
  MB: 1e6,
  GB: 1e9,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
};

/** A level, a section of a level to raise, one to clear and a duration, or `off`. */
export function threshold(metric: ThresholdMetric): ValueKind<ThresholdSetting> {
  const { what, example } = WORDS[THRESHOLD_UNIT[metric]];
  return {
    name: `${what.replace(/^an? /, '')} above 0${atMost(metric)}; a section of raise, clear and for; or off`,
    parse(raw, context) {
      if (isOff(raw)) return { value: 'off' };
      if (typeof raw === 'object' && raw !== null && !Array.isArray(raw)) return parseSection(metric, raw, context);
      const level = levelOf(raw, metric);
      if (level !== undefined && level > 0) return { value: level };
      return expected(
        `${what} above 0${atMost(metric)}, as in ${example}, a section with ${PARTS.join(', ')}, or off`,
        raw,
      );
    },
  };
}

/** One kind for each metric, by the name of its key. */
export const THRESHOLD_KINDS = Object.fromEntries(
  THRESHOLD_METRICS.map((metric) => [metric, threshold(metric)]),
) as Readonly<Record<ThresholdMetric, ValueKind<ThresholdSetting>>>;

const FOR = duration('0s', '24h');

function parseSection(
  metric: ThresholdMetric,
  section: object,
  context: Parameters<ValueKind<unknown>['parse']>[1],
): Checked<ThresholdSetting> {
  const { what, example } = WORDS[THRESHOLD_UNIT[metric]];
  const given = new Map<string, unknown>(Object.entries(section));
  const unknown = [...given.keys()].find((name) => !PARTS.some((part) => part === name));
  if (unknown !== undefined) return { wrong: `unknown key${hintAt(unknown, PARTS)}`, part: unknown };
  const raise = levelOf(given.get('raise'), metric);
  if (raise === undefined || raise === 0) {
    return { ...expected(`${what} above 0${atMost(metric)}, as in ${example}`, given.get('raise')), part: 'raise' };
  }
  const clear = given.has('clear') ? levelOf(given.get('clear'), metric) : null;
  if (clear === undefined || (clear !== null && clear > raise)) {
    return { ...expected(`${what} from 0 to the one of raise, ${raise}`, given.get('clear')), part: 'clear' };
  }
  const lasting = given.has('for') ? FOR.parse(given.get('for'), context) : null;
  if (lasting !== null && 'wrong' in lasting) return { ...lasting, part: 'for' };
  return {
    value: { raise, ...(clear !== null && { clear }), ...(lasting !== null && { for: lasting.value }) },
  };
}

/** 0 or more; `undefined` for what is no such level, or none that the figure can reach. */
function levelOf(raw: unknown, metric: ThresholdMetric): number | undefined {
  const level = typeof raw === 'string' ? numberIn(raw, metric) : raw;
  return typeof level === 'number' && level >= 0 && level <= Math.min(THRESHOLD_MOST[metric], Number.MAX_SAFE_INTEGER)
    ? level
    : undefined;
}

/** `80`, `80 %`, `50MiB`, `1.5 MB/s`. */
function numberIn(text: string, metric: ThresholdMetric): number | undefined {
  const [, digits, unit = ''] = /^(\d{1,15}(?:\.\d{1,9})?) ?(%|[kKMG]?i?B(?:\/s)?)?$/.exec(text) ?? [];
  if (digits === undefined) return undefined;
  const kind = THRESHOLD_UNIT[metric];
  if (kind === 'bytes/s') {
    const factor = SIZE_UNITS[unit.replace('/s', '')];
    return factor === undefined ? undefined : Number(digits) * factor;
  }
  return unit === '' || (unit === '%' && kind === 'percent') ? Number(digits) : undefined;
}

function atMost(metric: ThresholdMetric): string {
  const most = THRESHOLD_MOST[metric];
  return Number.isFinite(most) ? `, at most ${most}` : '';
}
