import { csvOf } from './csv.ts';
import type { HistoryTable } from './history-table.ts';
import { openMetricsOf } from './openmetrics.ts';

export interface TextFormat {
  readonly mediaType: string;
  /** The text in pieces of some 10 KB. */
  write(table: HistoryTable): Iterable<string>;
}

/** Forms in which history is written as text. */
export const TEXT_FORMATS = {
  csv: { mediaType: 'text/csv; charset=utf-8; header=present', write: csvOf },
  openmetrics: { mediaType: 'application/openmetrics-text; version=1.0.0; charset=utf-8', write: openMetricsOf },
} as const satisfies Record<string, TextFormat>;
