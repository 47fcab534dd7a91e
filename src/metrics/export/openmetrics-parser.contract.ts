export interface ParsedSample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  /** Seconds. */
  readonly timestamp: number;
}

const SAMPLE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+) (-?\d+(?:\.\d+)?)$/s;
const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"(,|$)/y;
const NUMBER = /^(?:[+-]?Inf|NaN|[+-]?\d+(?:\.\d+)?(?:e[+-]?\d+)?)$/;

/**
 * Reads gauges with timestamps, and throws on what OpenMetrics 1.0 forbids: no `# EOF` at the end, a unit that is no suffix, metadata
 * after samples or twice, families or metrics that are not in one place, time that does not ascend, labels twice, wrong escapes.
 */
export function parseOpenMetrics(text: string): ParsedSample[] {
  if (!text.endsWith('# EOF\n')) throw new Error('no # EOF at the end');
  const samples: ParsedSample[] = [];
  const families = new Map<string, { sampled: boolean; said: Set<string> }>();
  const seen = new Set<string>();
  let family = '';
  let metric = '';
  let time = Number.NEGATIVE_INFINITY;
  for (const line of text.slice(0, -'# EOF\n'.length).split('\n').slice(0, -1)) {
    const metadata = /^# (TYPE|UNIT|HELP) (\S+) (.+)$/.exec(line);
    if (metadata !== null) {
      const [, keyword = '', name = '', rest = ''] = metadata;
      if (name !== family && families.has(name)) throw new Error(`family ${name} in two places`);
      family = name;
      const known = families.get(name) ?? { sampled: false, said: new Set() };
      families.set(name, known);
      if (known.sampled || known.said.has(keyword)) throw new Error(`${keyword} of ${name} twice or too late`);
      known.said.add(keyword);
      if (keyword === 'TYPE' && rest !== 'gauge') throw new Error(`type ${rest}`);
      if (keyword === 'UNIT' && !name.endsWith(`_${rest}`)) throw new Error(`unit ${rest} is no suffix of ${name}`);
      continue;
    }
    const found = SAMPLE.exec(line);
    if (found === null) throw new Error(`not a sample: ${line}`);
    const [, name = '', labelText = '', value = '', timestamp = ''] = found;
    const known = families.get(name);
    if (name !== family || known === undefined) throw new Error(`${name} is not in its family`);
    known.sampled = true;
    if (!NUMBER.test(value)) throw new Error(`not a number: ${value}`);
    const key = `${name}{${labelText}}`;
    if (key !== metric) {
      if (seen.has(key)) throw new Error(`metric in two places: ${key}`);
      seen.add(key);
      metric = key;
      time = Number.NEGATIVE_INFINITY;
    }
    if (Number(timestamp) <= time) throw new Error(`time goes back: ${line}`);
    time = Number(timestamp);
    samples.push({
      name,
      labels: parseLabels(labelText),
      value: Number(value.replace('Inf', 'Infinity')),
      timestamp: time,
    });
  }
  return samples;
}

function parseLabels(text: string): Record<string, string> {
  const labels: Record<string, string> = {};
  LABEL.lastIndex = 0;
  while (LABEL.lastIndex < text.length) {
    const found = LABEL.exec(text);
    if (found === null) throw new Error(`not labels: ${text}`);
    const [, name = '', value = ''] = found;
    if (name in labels) throw new Error(`label twice: ${name}`);
    labels[name] = value.replaceAll(/\\(.)/g, (_, escaped: string) => (escaped === 'n' ? '\n' : escaped));
  }
  return labels;
}
