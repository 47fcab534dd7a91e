import fc from 'fast-check';
import { METRICS } from '../../src/model/metric-catalogue.ts';
import { type JsonSchema, nearly, parameterText } from './schema-arbitrary.ts';

export interface Operation {
  readonly operationId: string;
  readonly parameters: readonly {
    readonly name: string;
    readonly in: 'path' | 'query';
    readonly required: boolean;
    readonly schema: JsonSchema;
  }[];
  readonly requestBody?: { readonly content: { readonly 'application/json': { readonly schema: JsonSchema } } };
  readonly responses: Readonly<
    Record<string, { readonly content?: Readonly<Record<string, { schema?: JsonSchema }>> }>
  >;
}

export interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, JsonSchema>> };
}

/** Values of parameters that are plain text to the schema, and lead further in than chance would. */
const INSTANTS = ['now', 'now-1h', 'now-7d', '2026-01-01', '2026-11-25T10:00:00Z', '1767225600000', '1h'];
const KNOWN: Readonly<Record<string, readonly string[]>> = {
  id: ['shop', 'api', 'blog', 'gone', 'Zürich-1'],
  workspace: ['shop', 'api', 'gone'],
  from: INSTANTS,
  to: INSTANTS,
  metric: METRICS,
  metrics: [...METRICS, 'cpu,memory', METRICS.join(','), 'true'],
  window: ['1h', '24h', '7d'],
  types: ['status_changed', 'error,gap', 'none', 'container_update'],
  label: ['team', 'team=web'],
  owner: ['ada'],
  group: ['owner', 'label:team'],
  after: ['0', '1', '1000000'],
  limit: ['1', '2', '1000'],
  q: ['s', 'busybox'],
};

export interface Sent {
  readonly method: string;
  readonly path: string;
  readonly body: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
}

export interface Route {
  readonly operation: Operation;
  readonly sent: fc.Arbitrary<Sent>;
}

/** Every operation with requests to it. */
export function routesOf({ paths }: OpenApi): Route[] {
  return Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]) => ({
      operation,
      sent: requestTo(method.toUpperCase(), path, operation),
    })),
  );
}

function requestTo(method: string, path: string, { parameters, requestBody }: Operation): fc.Arbitrary<Sent> {
  const textsOf = (place: 'path' | 'query') =>
    Object.fromEntries(
      parameters
        .filter((parameter) => parameter.in === place)
        .map(({ name, schema }) => [name, parameterText(schema, KNOWN[name] ?? [])]),
    );
  const query = fc.record(
    Object.fromEntries(Object.entries(textsOf('query')).map(([name, text]) => [name, repeated(text)])),
    { requiredKeys: parameters.filter((one) => one.in === 'query' && one.required).map(({ name }) => name) },
  );
  const schema = requestBody?.content['application/json'].schema;
  const body = schema === undefined ? fc.constant(undefined) : bodyOf(schema);
  const headers = fc.oneof(
    { weight: 8, arbitrary: fc.constant({}) },
    { weight: 1, arbitrary: fc.constantFrom('*', '"x"', 'W/"x", "y"', ',,').map((tag) => ({ 'if-none-match': tag })) },
    { weight: 1, arbitrary: fc.constantFrom('text/html', 'image/*', '', 'x').map((accept) => ({ accept })) },
  );
  return fc.record({ params: fc.record(textsOf('path')), query, body, headers }).map((parts) => ({
    method,
    path:
      path.replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(parts.params[name] ?? '')) + queryText(parts.query),
    body: parts.body,
    headers: parts.headers,
  }));
}

/** Mostly once. */
function repeated(text: fc.Arbitrary<string>): fc.Arbitrary<string[]> {
  return fc.oneof(
    { weight: 9, arbitrary: text.map((one) => [one]) },
    { weight: 1, arbitrary: fc.array(text, { maxLength: 25 }) },
  );
}

function queryText(query: Readonly<Record<string, readonly string[] | undefined>>): string {
  const pairs = Object.entries(query).flatMap(([name, texts = []]) =>
    texts.map((text): [string, string] => [name, text]),
  );
  return pairs.length === 0 ? '' : `?${new URLSearchParams(pairs)}`;
}

function bodyOf(schema: JsonSchema): fc.Arbitrary<string> {
  return fc.oneof(
    { weight: 9, arbitrary: nearly(schema).map((value) => JSON.stringify(value)) },
    {
      weight: 1,
      arbitrary: fc.constantFrom('', '{', 'null', '[]', '1', '"x"', '{"a":1,"a":2}', '{"id":"a"}{"id":"b"}'),
    },
  );
}
