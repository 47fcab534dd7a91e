/** What the API's description uses of JSON Schema. */
export interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly format?: string;
  readonly description?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly examples?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Schema;
  readonly patternProperties?: Readonly<Record<string, Schema>>;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly maxItems?: number;
}

/** Named schemas, by the last part of their `$ref`. */
export type Schemas = Readonly<Record<string, Schema>>;

export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query';
  readonly required: boolean;
  readonly description?: string;
  readonly schema: Schema;
}

/** One answer of an operation; `mediaType` is `null` without a body. */
export interface Answer {
  readonly status: string;
  readonly description: string;
  readonly mediaType: string | null;
  readonly schema: Schema | null;
}

/** What goes over a WebSocket: names of schemas. */
export interface Frames {
  readonly client: readonly Schema[];
  readonly server: readonly Schema[];
}

/** A request that can be made. */
export interface Operation {
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly tag: string;
  readonly summary: string;
  /** The least role that may; `null` where no token is needed. */
  readonly role: string | null;
  readonly parameters: readonly Parameter[];
  readonly body: Schema | null;
  readonly answers: readonly Answer[];
  readonly frames: Frames | null;
}

/** The OpenAPI document, as far as it is read here. */
export interface OpenApi {
  readonly info: { readonly version: string };
  readonly tags: readonly { readonly name: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, RawOperation>>>>;
  readonly components: { readonly schemas: Schemas };
}

type Content = Readonly<Record<string, { readonly schema?: Schema }>>;

interface RawOperation {
  readonly operationId: string;
  readonly summary: string;
  readonly tags?: readonly string[];
  readonly parameters: readonly Parameter[];
  readonly requestBody?: { readonly content: Content };
  readonly responses: Readonly<Record<string, { readonly description: string; readonly content?: Content }>>;
  readonly 'x-tidewatch-role'?: string;
  readonly 'x-websocket'?: Readonly<Record<'clientSends' | 'serverSends', { readonly oneOf: readonly Schema[] }>>;
}

/** All operations, in the order of the document. */
export function operationsOf({ paths }: OpenApi): readonly Operation[] {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, raw]) => operationOf(path, method.toUpperCase(), raw)),
  );
}

function operationOf(path: string, method: string, raw: RawOperation): Operation {
  const frames = raw['x-websocket'];
  return {
    id: raw.operationId,
    method,
    path,
    tag: raw.tags?.[0] ?? '',
    summary: raw.summary,
    role: raw['x-tidewatch-role'] ?? null,
    parameters: raw.parameters,
    body: raw.requestBody?.content['application/json']?.schema ?? null,
    answers: Object.entries(raw.responses).map(([status, { description, content = {} }]) => {
      const [mediaType = null] = Object.keys(content);
      return { status, description, mediaType, schema: content[mediaType ?? '']?.schema ?? null };
    }),
    frames: frames ? { client: frames.clientSends.oneOf, server: frames.serverSends.oneOf } : null,
  };
}

/** Operations that hold every word of the search. */
export function matching(operations: readonly Operation[], q: string): readonly Operation[] {
  const words = q.toLowerCase().split(/\s+/).filter(Boolean);
  return operations.filter(({ method, path, summary, tag, parameters }) => {
    const text = [method, path, summary, tag, ...parameters.map(({ name }) => name)].join(' ').toLowerCase();
    return words.every((word) => text.includes(word));
  });
}
