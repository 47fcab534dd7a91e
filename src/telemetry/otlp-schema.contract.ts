import { isDeepStrictEqual } from 'node:util';
// The messages as the OpenTelemetry project generates them from its own .proto files.
import generated from '@opentelemetry/otlp-transformer/build/src/generated/root.js';

/** A message type as protobufjs makes it. */
interface MessageType {
  fromObject(value: object): object;
  toObject(message: object, options: object): object;
  encode(message: object): { finish(): Uint8Array };
  decode(bytes: Uint8Array): object;
}

interface Collector {
  readonly metrics: { readonly v1: { readonly ExportMetricsServiceRequest: MessageType } };
  readonly logs: { readonly v1: { readonly ExportLogsServiceRequest: MessageType } };
}

const { opentelemetry } = generated as unknown as { opentelemetry: { proto: { collector: Collector } } };
const { metrics, logs } = opentelemetry.proto.collector;

const REQUESTS = {
  metrics: metrics.v1.ExportMetricsServiceRequest,
  logs: logs.v1.ExportLogsServiceRequest,
};

/** How OTLP/JSON writes what JSON has no type for. */
const AS_JSON = { longs: String, enums: Number };

/**
 * What a receiver holds that keeps messages as protobuf. Throws when that is not all that was sent: a field that the schema does
 * not have, or of another type.
 */
export function throughSchema(signal: keyof typeof REQUESTS, request: object): object {
  const type = REQUESTS[signal];
  const held = type.toObject(type.decode(type.encode(type.fromObject(request)).finish()), AS_JSON);
  if (!isDeepStrictEqual(held, withoutEmpty(request))) {
    throw new Error(`${signal}: the schema makes something else of ${JSON.stringify(request)}`);
  }
  return held;
}

/** Protobuf does not tell an empty list from none. */
function withoutEmpty(request: object): object {
  const omit = (_key: string, value: unknown) => (Array.isArray(value) && value.length === 0 ? undefined : value);
  return JSON.parse(JSON.stringify(request, omit));
}
