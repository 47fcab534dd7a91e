import type { UsageAnswer } from '../../client/client.ts';
import type { Metric } from '../../model/metric-catalogue.ts';
import { formatSpan } from '../../runtime/duration.ts';
import { toIso } from '../../runtime/iso.ts';
import { metricText } from './history-lines.ts';
import { safeText } from './safe-text.ts';
import { type Column, renderTable, type TableOptions } from './table.ts';
import { percentText } from './usage-lines.ts';

const NONE = '-';

/** Who used most in some time, the sums of owners or of a label's values, and the week before, as `summary --since` prints it. */
export function usedLines(
  answer: UsageAnswer,
  { label, ...options }: TableOptions & { readonly label: string | null },
): string[] {
  const { metric, from, to, items, groups, total } = answer;
  const span = `${toIso(from)} to ${toIso(to)} (${formatSpan(to - from)})`;
  if (total.workspaces === 0) return [`${metric} from ${span}: nothing was seen`];
  const title = label === null ? 'OWNER' : safeText(`LABEL ${label}`);
  return [
    `${metric} from ${span}: ${total.workspaces} workspaces were seen`,
    '',
    ...renderTable(
      [
        { header: 'WORKSPACE', min: 8 },
        { header: 'OWNER', min: 5 },
        ...numbers('AVG', 'P95', 'MAX', 'SEEN %', 'WEEK BEFORE'),
      ],
      items.map((item) => textsOf(itemTexts(answer, item))),
      options,
    ),
    '',
    ...renderTable(
      [{ header: title, min: 8 }, ...numbers('WORKSPACES', 'AVG', 'HIGHEST', 'AVG WEEK BEFORE')],
      [
        ...groups.map(({ group, ...sum }) => textsOf([group ?? NONE, ...sumTexts(metric, sum)])),
        textsOf(['all', ...sumTexts(metric, total)]),
      ],
      options,
    ),
  ];
}

function itemTexts({ metric, by, from, to }: UsageAnswer, item: UsageAnswer['items'][number]): string[] {
  const { name, owner, avg, p95, max, observed, comparison } = item;
  const seen = percentText(Math.min(100, (observed / (to - from)) * 100));
  const figures = [avg, p95, max].map((value) => metricText(metric, value));
  return [name, owner ?? NONE, ...figures, seen, beforeText(metric, item[by], comparison?.before ?? null)];
}

function sumTexts(metric: Metric, { workspaces, avg, highest, before }: UsageAnswer['total']): string[] {
  const figures = [avg, highest].map((value) => metricText(metric, value));
  return [String(workspaces), ...figures, beforeText(metric, avg, before?.avg ?? null)];
}

/** What it was, and by how much it is more or less now. */
function beforeText(metric: Metric, now: number, before: number | null): string {
  if (before === null) return NONE;
  const change = before === 0 ? '' : ` (${changeText(now / before - 1)})`;
  return `${metricText(metric, before)}${change}`;
}

function changeText(ratio: number): string {
  const percent = Math.round(ratio * 100);
  return `${percent > 0 ? '+' : ''}${percent} %`;
}

function numbers(...headers: readonly string[]): Column[] {
  return headers.map((header) => ({ header, align: 'right' }));
}

function textsOf(texts: readonly string[]) {
  return texts.map((text) => ({ text }));
}
