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

/** Reads `ExportMetricsServiceRequest` in JSON; throws on a field that the protocol does not have, or of another type. */
export function decodeMetrics(request: unknown): ReceivedMetric[] {
  return list(fieldsOf(request, ['resourceMetrics']).resourceMetrics).flatMap((one) => {
    const { resource, scopeMetrics } = fieldsOf(one, ['resource', 'scopeMetrics', 'schemaUrl']);
    const own = attributesOf(fieldsOf(resource, ['attributes']).attributes);
    return list(scopeMetrics).flatMap((scoped) => {
      const { scope, metrics } = fieldsOf(scoped, ['scope', 'metrics', 'schemaUrl']);
      text(fieldsOf(scope, ['name', 'version', 'attributes']).name);
      return list(metrics).flatMap((metric) => decodeMetric(metric, own));
    });
  });
}

function decodeMetric(metric: unknown, resource: Fields): ReceivedMetric[] {
  const {
    name,
    description,
    unit = '',
    gauge,
    sum,
  } = fieldsOf(metric, ['name', 'description', 'unit', 'gauge', 'sum']);
  text(description);
  if ((gauge === undefined) === (sum === undefined)) throw new Error(`${String(name)}: one of gauge and sum`);
  if (sum !== undefined) {
    const { aggregationTemporality, isMonotonic } = fieldsOf(sum, [
      'dataPoints',
      'aggregationTemporality',
      'isMonotonic',
    ]);
    if (aggregationTemporality !== 2 || isMonotonic !== true) throw new Error(`${String(name)}: no cumulative total`);
  } else fieldsOf(gauge, ['dataPoints']);
  return list(((gauge ?? sum) as Fields).dataPoints).map((point) => {
    const fields = fieldsOf(point, ['attributes', 'startTimeUnixNano', 'timeUnixNano', 'asDouble']);
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

const LOG_FIELDS = ['timeUnixNano', 'observedTimeUnixNano', 'severityNumber', 'severityText', 'body', 'attributes'];

/** Reads `ExportLogsServiceRequest` in JSON, as strictly. */
export function decodeLogs(request: unknown): ReceivedLog[] {
  return list(fieldsOf(request, ['resourceLogs']).resourceLogs).flatMap((one) => {
    const { resource, scopeLogs } = fieldsOf(one, ['resource', 'scopeLogs', 'schemaUrl']);
    const own = attributesOf(fieldsOf(resource, ['attributes']).attributes);
    return list(scopeLogs).flatMap((scoped) =>
      list(fieldsOf(scoped, ['scope', 'logRecords', 'schemaUrl']).logRecords).map((record) => {
        const fields = fieldsOf(record, LOG_FIELDS);
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

function fieldsOf(value: unknown, known: readonly string[]): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Error(`no message: ${String(value)}`);
  const strange = Object.keys(value).find((key) => !known.includes(key));
  if (strange !== undefined) throw new Error(`unknown field ${strange}`);
  return value as Fields;
}

function list(value: unknown): unknown[] {
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
    const { key, value: own } = fieldsOf(pair, ['key', 'value']);
    return [text(key), decodedOf(own)] as const;
  });
  if (new Set(pairs.map(([key]) => key)).size < pairs.length) throw new Error('an attribute twice');
  return Object.fromEntries(pairs);
}

function decodedOf(value: unknown): unknown {
  const [kind = '', ...others] = Object.keys(fieldsOf(value, KINDS));
  const own = (value as Fields)[kind];
  if (others.length > 0) throw new Error('more than one value');
  if (kind === 'arrayValue') return list(fieldsOf(own, ['values']).values).map(decodedOf);
  if (kind === 'kvlistValue') return attributesOf(fieldsOf(own, ['values']).values);
  if (kind === 'intValue') return Number(text(own));
  const type = { stringValue: 'string', boolValue: 'boolean', doubleValue: 'number' }[kind];
  if (typeof own !== type) throw new Error(`${kind} is ${typeof own}`);
  return own;
}
const KINDS = ['stringValue', 'boolValue', 'intValue', 'doubleValue', 'arrayValue', 'kvlistValue'];
