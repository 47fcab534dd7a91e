import { throughSchema } from './otlp-schema.contract.ts';

/** A value of a metric as it came. */
export interface ReceivedMetric {
  readonly name: string;
  readonly unit: string;
  readonly kind: 'gauge' | 'sum';
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly resource: Readonly<Record<string, unknown>>;
  readonly value: number;
  /** Epoch ms. */
  readonly at: number;
  readonly startedAt: number | null;
}

/** A log record as it came. */
export interface ReceivedLog {
  readonly body: unknown;
  readonly severity: number;
  readonly at: number;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly resource: Readonly<Record<string, unknown>>;
}

type Fields = Readonly<Record<string, unknown>>;

/** Reads `ExportMetricsServiceRequest` in JSON; throws on what the schema does not have, and on what is of no use to a receiver. */
export function decodeMetrics(request: object): ReceivedMetric[] {
  return list(fieldsOf(throughSchema('metrics', request)).resourceMetrics).flatMap((one) => {
    const { resource, scopeMetrics } = fieldsOf(one);
    const own = attributesOf(fieldsOf(resource).attributes);
    return list(scopeMetrics).flatMap((scoped) => {
      const { scope, metrics } = fieldsOf(scoped);
      text(fieldsOf(scope).name);
      return list(metrics).flatMap((metric) => decodeMetric(metric, own));
    });
  });
}

function decodeMetric(metric: unknown, resource: Fields): ReceivedMetric[] {
  const { name, description, unit = '', gauge, sum } = fieldsOf(metric);
  text(description);
  if ((gauge === undefined) === (sum === undefined)) throw new Error(`${String(name)}: one of gauge and sum`);
  if (sum !== undefined) {
    const { aggregationTemporality, isMonotonic } = fieldsOf(sum);
    if (aggregationTemporality !== 2 || isMonotonic !== true) throw new Error(`${String(name)}: no cumulative total`);
  } else fieldsOf(gauge);
  return list(((gauge ?? sum) as Fields).dataPoints).map((point) => {
    const fields = fieldsOf(point);
    const { asDouble } = fields;
    if (typeof asDouble !== 'number') throw new Error(`${String(name)}: asDouble is ${typeof asDouble}`);
    return {
      ...{ name: text(name), unit: text(unit), kind: sum === undefined ? 'gauge' : 'sum', resource },
      attributes: attributesOf(fields.attributes),
      value: asDouble,
      at: milliseconds(fields.timeUnixNano),
      startedAt: fields.startTimeUnixNano === undefined ? null : milliseconds(fields.startTimeUnixNano),
    };
  });
}

/** Reads `ExportLogsServiceRequest` in JSON, as strictly. */
export function decodeLogs(request: object): ReceivedLog[] {
  return list(fieldsOf(throughSchema('logs', request)).resourceLogs).flatMap((one) => {
    const { resource, scopeLogs } = fieldsOf(one);
    const own = attributesOf(fieldsOf(resource).attributes);
    return list(scopeLogs).flatMap((scoped) =>
      list(fieldsOf(scoped).logRecords).map((record) => {
        const fields = fieldsOf(record);
        milliseconds(fields.observedTimeUnixNano);
        text(fields.severityText);
        return {
          body: decodedOf(fields.body),
          severity: Number(fields.severityNumber),
          at: milliseconds(fields.timeUnixNano),
          attributes: attributesOf(fields.attributes),
          resource: own,
        };
      }),
    );
  });
}

function fieldsOf(value: unknown): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Error(`no message: ${String(value)}`);
  return value as Fields;
}

function list(value: unknown = []): unknown[] {
  if (!Array.isArray(value)) throw new Error(`no list: ${String(value)}`);
  return value;
}

function text(value: unknown): string {
  if (typeof value !== 'string') throw new Error(`no text: ${String(value)}`);
  return value;
}

/** 64-bit numbers are decimal text in JSON. */
function milliseconds(value: unknown): number {
  if (!/^\d{19}$/.test(text(value))) throw new Error(`no nanoseconds of our time: ${String(value)}`);
  return Number(BigInt(text(value)) / 1_000_000n);
}

function attributesOf(value: unknown): Fields {
  const pairs = list(value).map((pair) => {
    const { key, value: own } = fieldsOf(pair);
    return [text(key), decodedOf(own)] as const;
  });
  if (new Set(pairs.map(([key]) => key)).size < pairs.length) throw new Error('an attribute twice');
  return Object.fromEntries(pairs);
}

function decodedOf(value: unknown): unknown {
  const [kind = '', ...others] = Object.keys(fieldsOf(value));
  const own = (value as Fields)[kind];
  if (others.length > 0) throw new Error('more than one value');
  if (kind === 'arrayValue') return list(fieldsOf(own).values).map(decodedOf);
  if (kind === 'kvlistValue') return attributesOf(fieldsOf(own).values);
  if (kind === 'intValue') return Number(text(own));
  const type = { stringValue: 'string', boolValue: 'boolean', doubleValue: 'number' }[kind];
  if (typeof own !== type) throw new Error(`${kind} is ${typeof own}`);
  return own;
}
