import type { TSchema } from 'typebox';
import { ERRORS, type ErrorCode } from '../model/errors.ts';
import type { RouteAnswer, RouteFrames, RouteSpec } from './contract/route-spec.ts';
import { ROUTES } from './contract/routes.ts';
import { ProblemSchema } from './contract/status-schemas.ts';
import { ROUTE_TAGS, tagOf } from './route-tags.ts';

/** What any route may answer with. */
export const COMMON_ERRORS: readonly ErrorCode[] = [
  ...(['bad_request', 'unauthorized', 'forbidden', 'too_many_attempts', 'too_many_requests', 'internal'] as const),
];

/** Of these, what probes are never told: they are open, and not counted. */
const NOT_TO_PROBES: ReadonlySet<ErrorCode> = new Set(['unauthorized', 'too_many_attempts', 'too_many_requests']);

/** Statuses of answers without a body. */
export const WITHOUT_BODY: ReadonlySet<number> = new Set([101, 204]);

/** The API as OpenAPI 3.1, made from the contract. */
export function renderOpenApi(version: string): object {
  const components = new Map<string, unknown>();
  const paths: Record<string, Record<string, unknown>> = {};
  for (const [operationId, spec] of Object.entries<RouteSpec>(ROUTES)) {
    paths[spec.path] = { ...paths[spec.path], [spec.method.toLowerCase()]: operation(operationId, spec, components) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Tidewatch',
      version,
      description: 'The true status of every workspace on a Docker Engine.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/' }],
    security: [{ token: [] }, { session: [] }],
    tags: ROUTE_TAGS.map((name) => ({ name })),
    paths,
    components: {
      schemas: Object.fromEntries(components),
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer' },
        session: { type: 'apiKey', in: 'cookie', name: 'tidewatch_session' },
      },
    },
  };
}

type Components = Map<string, unknown>;

function operation(operationId: string, spec: RouteSpec, components: Components): object {
  const { path, summary, params, query, body, access } = spec;
  return {
    operationId,
    tags: [tagOf(path)],
    summary,
    ...(access === 'open' ? { security: [] } : { 'x-tidewatch-role': access }),
    parameters: [...parametersOf(params, 'path'), ...parametersOf(query, 'query')],
    ...(body && {
      requestBody: { required: true, content: { 'application/json': { schema: plain(body, components) } } },
    }),
    responses: {
      ...answerOf(spec.answer, components),
      ...(spec.otherwise && answerOf(spec.otherwise, components)),
      ...problemsOf(spec, components),
    },
    ...(spec.frames && { 'x-websocket': framesOf(spec.frames, components) }),
    ...(spec.sentEvents && { 'x-server-sent-events': plain(spec.sentEvents, components) }),
  };
}

/** OpenAPI has no words for what goes over a WebSocket: the frames are schemas beside the others, and an extension names them. */
function framesOf({ client, server }: RouteFrames, components: Components): object {
  const oneOf = (frames: RouteFrames['client'], suffix: string) =>
    Object.entries(frames).map(([type, frame]) => {
      const name = `${type[0]?.toUpperCase()}${type.slice(1)}${suffix}`;
      components.set(name, plain(frame, components));
      return { $ref: `#/components/schemas/${name}` };
    });
  return { clientSends: { oneOf: oneOf(client, 'Request') }, serverSends: { oneOf: oneOf(server, 'Frame') } };
}

interface ObjectSchema {
  readonly properties?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly required?: readonly string[];
}

function parametersOf(schema: TSchema | undefined, place: 'path' | 'query'): object[] {
  const { properties = {}, required = [] } = (schema ?? {}) as ObjectSchema;
  return Object.entries(properties).map(([name, { description, ...rest }]) => ({
    name,
    in: place,
    required: required.includes(name),
    ...(description !== undefined && { description }),
    schema: rest,
  }));
}

function answerOf(answer: RouteAnswer, components: Components): Record<string, unknown> {
  const { status, schema, mediaType = 'application/json', textTypes = [], description } = answer;
  const content = schema === undefined ? {} : { schema: plain(schema, components) };
  const texts = Object.fromEntries(textTypes.map((type) => [type, { schema: { type: 'string' } }]));
  return {
    [status]: { description, ...(!WITHOUT_BODY.has(status) && { content: { [mediaType]: content, ...texts } }) },
  };
}

/** Codes of one status stand together: OpenAPI has one answer a status. */
function problemsOf({ errors = [], unmetered }: RouteSpec, components: Components): Record<string, unknown> {
  const common = COMMON_ERRORS.filter((code) => unmetered !== true || !NOT_TO_PROBES.has(code));
  const byStatus = new Map<number, ErrorCode[]>();
  for (const code of [...common, ...errors]) {
    const { status } = ERRORS[code];
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  const content = { 'application/problem+json': { schema: plain(ProblemSchema, components) } };
  return Object.fromEntries(
    [...byStatus].map(([status, codes]) => [status, { description: codes.join(', '), content }]),
  );
}

/** The schema as plain JSON, named parts as references. */
function plain(schema: unknown, components: Components): unknown {
  if (Array.isArray(schema)) return schema.map((part) => plain(part, components));
  if (typeof schema !== 'object' || schema === null) return schema;
  const { $id, ...rest } = schema as { $id?: string };
  const body = Object.fromEntries(Object.entries(rest).map(([key, part]) => [key, plain(part, components)]));
  if ($id === undefined) return body;
  components.set($id, body);
  return { $ref: `#/components/schemas/${$id}` };
}
