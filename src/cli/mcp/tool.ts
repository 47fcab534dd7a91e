import { type Static, type TObject, Type } from 'typebox';
import { Compile } from 'typebox/compile';
import type { TidewatchClient } from '../../client/client.ts';
import { TidewatchError } from '../../model/errors.ts';
import type { Clock } from '../../runtime/clock.ts';
import { WORKSPACE_ARGUMENT } from '../select-workspace.ts';
import { argumentDetail } from './argument-detail.ts';

/** What a tool asks. */
export interface ToolDaemon {
  readonly client: TidewatchClient;
  readonly url: string;
  readonly clock: Pick<Clock, 'now'>;
}

/** Something an assistant can ask. It only reads. */
export interface Tool {
  readonly name: string;
  readonly title: string;
  /** Says to a model when to use it and what it gives. */
  readonly description: string;
  readonly input: TObject;
  /** Checks the arguments and answers. Throws `bad_request` on wrong ones, and what the client throws. */
  call(daemon: ToolDaemon, given: unknown): Promise<Readonly<Record<string, unknown>>>;
}

interface ToolDefinition<S extends TObject> extends Omit<Tool, 'input' | 'call'> {
  readonly input: S;
  readonly answer: (daemon: ToolDaemon, input: Static<S>) => Promise<Readonly<Record<string, unknown>>>;
}

/** A tool whose answer is made from arguments that fit its schema. */
export function defineTool<S extends TObject>({ answer, ...tool }: ToolDefinition<S>): Tool {
  const validator = Compile(tool.input);
  return {
    ...tool,
    call(daemon, given) {
      if (validator.Check(given)) return answer(daemon, given);
      throw new TidewatchError('bad_request', argumentDetail(validator.Errors(given)));
    },
  };
}

const strict = { additionalProperties: false };

/** The arguments of a tool: nothing beside these. */
export function toolInput<P extends Parameters<typeof Type.Object>[0]>(properties: P) {
  return Type.Object(properties, strict);
}

/** One of these words. Models look for the type, which an enumeration alone does not tell. */
export function oneOf<const W extends string>(words: readonly W[], options: { readonly description?: string } = {}) {
  return Type.Unsafe<W>({ type: 'string', enum: [...words], ...options });
}

/** Longest argument that names something. */
const NAME_MAX = 512;

/** One workspace, as people name it. */
export const workspaceArgument = Type.String({
  minLength: 1,
  maxLength: NAME_MAX,
  description: `The workspace: ${WORKSPACE_ARGUMENT}. For the past of one that was forgotten its whole id.`,
});

/** Narrow to workspaces that people named so. */
export const tagArguments = {
  owner: Type.Optional(Type.String({ maxLength: 256, description: 'Only those of this owner.' })),
  label: Type.Optional(
    Type.Array(Type.String({ minLength: 1, maxLength: NAME_MAX }), {
      maxItems: 20,
      description: 'Only those with these labels: "key" or "key=value"; all of them must match.',
    }),
  ),
};

/** How many answers. */
export function limitArgument(fallback: number, maximum: number) {
  return Type.Optional(
    Type.Integer({ minimum: 1, maximum, description: `How many at most; ${fallback} unless given.` }),
  );
}

/** A point in time. */
export function instantArgument(what: string) {
  return Type.Optional(
    Type.String({ maxLength: 64, description: `${what} ISO 8601, or relative as in "now-24h" or "now-7d".` }),
  );
}
