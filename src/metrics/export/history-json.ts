import type { HistoryPoints, PointColumns } from '../metrics-history.ts';
import { jsonNumbers } from './json-numbers.ts';

/** A history as it is sent. */
export interface HistoryJson {
  readonly body: Buffer;
  /** Tells bodies apart as well as they do themselves, and is several times shorter. */
  readonly key: Buffer;
}

/** History as JSON (UTF-8), byte for byte as `JSON.stringify` writes a `MetricsHistory`. */
export function historyJson({ at, series, ...head }: HistoryPoints): HistoryJson {
  const opening = Buffer.from(`${JSON.stringify(head).slice(0, -1)},"at":`);
  const instants = instantsJson(at);
  const metrics = Object.entries(series).map(([metric, columns]) => figuresJson(metric, columns));
  const [between, last] = [Buffer.from(','), Buffer.from('}}')];
  const rest = metrics.flatMap(({ parts }, index) => (index === 0 ? parts : [between, ...parts]));
  return {
    body: Buffer.concat([opening, instants.text, Buffer.from(',"series":{'), ...rest, last]),
    key: Buffer.concat([opening, instants.key, ...metrics.flatMap(({ key }) => key)]),
  };
}

interface Instants {
  readonly text: Buffer;
  readonly key: Buffer;
}

/** Who looks at several workspaces asks for the same instants of each: 140 KB at most. */
let lastEven: Instants = { text: Buffer.alloc(0), key: Buffer.alloc(0) };

function instantsJson(at: Float64Array): Instants {
  if (!isEven(at)) {
    const text = jsonNumbers(at);
    return { text, key: text };
  }
  const key = Buffer.from(JSON.stringify({ from: at[0], to: at.at(-1), count: at.length }));
  if (!key.equals(lastEven.key)) lastEven = { text: jsonNumbers(at), key };
  return lastEven;
}

/** Whether all is said by the first one, the last one and how many there are: of whole numbers, without which it may be rounded. */
function isEven(at: Float64Array): boolean {
  if (at.length < 2) return false;
  const [first, step] = [at[0] as number, (at[1] as number) - (at[0] as number)];
  if (!Number.isSafeInteger(first) || !Number.isSafeInteger(first + step * at.length)) return false;
  for (let index = 1; index < at.length; index += 1) if (at[index] !== first + step * index) return false;
  return true;
}

/** Where figures are the same column, as of single samples, it is written once. */
function figuresJson(metric: string, { avg, min, max }: PointColumns): { parts: Buffer[]; key: Buffer[] } {
  const average = jsonNumbers(avg);
  const least = min === avg ? average : jsonNumbers(min);
  const most = max === avg ? average : max === min ? least : jsonNumbers(max);
  const names = [`${JSON.stringify(metric)}:{"avg":`, ',"min":', ',"max":', '}'].map((name) => Buffer.from(name));
  const [one, two, three, end] = names as [Buffer, Buffer, Buffer, Buffer];
  return {
    parts: [one, average, two, least, three, most, end],
    key: [one, average, ...(least === average ? [] : [two, least]), ...(most === average ? [] : [three, most])],
  };
}
