import type { HistoryPoints, PointColumns } from '../metrics-history.ts';
import { jsonNumbers } from './json-numbers.ts';

/** History as JSON (UTF-8), byte for byte as `JSON.stringify` writes a `MetricsHistory`. */
export function historyJson({ at, series, ...head }: HistoryPoints): Buffer {
  const opening = JSON.stringify(head).slice(0, -1);
  const metrics = Object.entries(series).flatMap(([metric, columns], index) => [
    text(`${index === 0 ? '' : ','}${JSON.stringify(metric)}:`),
    ...figures(columns),
  ]);
  return Buffer.concat([text(`${opening},"at":`), jsonNumbers(at), text(',"series":{'), ...metrics, text('}}')]);
}

/** Where figures are the same column, as of single samples, it is written once. */
function figures({ avg, min, max }: PointColumns): Buffer[] {
  const average = jsonNumbers(avg);
  const least = min === avg ? average : jsonNumbers(min);
  const most = max === avg ? average : max === min ? least : jsonNumbers(max);
  return [text('{"avg":'), average, text(',"min":'), least, text(',"max":'), most, text('}')];
}

function text(written: string): Buffer {
  return Buffer.from(written);
}
