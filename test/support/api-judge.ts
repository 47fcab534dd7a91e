import { type Agent, request } from 'node:http';
import { Compile, type Validator } from 'typebox/schema';
import type { OpenApi, Operation, Sent } from './api-requests.ts';
import { closed, type JsonSchema } from './schema-arbitrary.ts';

/** No answer takes nearly as long. */
const HANG_MS = 20_000;

/** An answer. */
export interface Got {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

/** Where to and as whom. */
export interface ApiAddress {
  readonly host: string;
  readonly port: string;
  readonly token: string;
  readonly agent: Agent;
}

/** Sends a request as it is; of a stream only the beginning is read. */
export function send(to: ApiAddress, { method, path, body, headers }: Sent): Promise<Got> {
  return new Promise((resolve, reject) => {
    const options = {
      ...{ host: to.host, port: to.port, method, path, agent: to.agent, timeout: HANG_MS },
      headers: {
        authorization: `Bearer ${to.token}`,
        ...(body !== undefined && { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }),
        ...headers,
      },
    };
    const sent = request(options, (answer) => {
      const got = { status: answer.statusCode ?? 0, type: (answer.headers['content-type'] ?? '').replace(/;.*/, '') };
      if (got.type === 'text/event-stream') {
        resolve({ ...got, body: '' });
        answer.destroy();
        return;
      }
      let text = '';
      answer.setEncoding('utf8').on('data', (piece: string) => {
        text += piece;
      });
      answer.once('end', () => resolve({ ...got, body: text })).once('error', reject);
    });
    sent.once('timeout', () => sent.destroy(new Error(`no answer in ${HANG_MS} ms`)));
    sent.once('error', reject).end(body);
  });
}

/** Holds answers against what the document says of them. */
export class Judge {
  readonly #named: Readonly<Record<string, JsonSchema>>;
  readonly #validators = new Map<JsonSchema, Validator>();

  constructor({ components }: OpenApi) {
    this.#named = components.schemas;
  }

  /** Throws what is wrong with an answer. */
  check({ operationId, responses }: Operation, { status, type, body }: Got): void {
    if (status >= 500 && responses[status] === undefined) throw new Error(`${operationId}: ${status} ${body}`);
    const documented = responses[status];
    if (documented === undefined) throw new Error(`${operationId}: ${status} is not documented: ${body}`);
    if (type === '' && body === '') return;
    const media = Object.entries(documented.content ?? {}).find(([name]) => name.replace(/;.*/, '') === type)?.[1];
    if (media === undefined) throw new Error(`${operationId}: ${status} as ${type} is not documented`);
    const { schema } = media;
    if (status === 500) throw new Error(`${operationId}: ${body}`);
    if (schema === undefined || !type.endsWith('json')) return;
    const [isRight, errors] = this.#validatorOf(schema).Errors(JSON.parse(body));
    if (!isRight) throw new Error(`${operationId}: ${status} does not fit: ${JSON.stringify(errors[0])} ${body}`);
  }

  #validatorOf(schema: JsonSchema): Validator {
    const known = this.#validators.get(schema);
    if (known !== undefined) return known;
    const made = Compile(closed(schema, this.#named) as object);
    this.#validators.set(schema, made);
    return made;
  }
}
