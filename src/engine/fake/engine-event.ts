import type { FakeContainer } from './fake-container.ts';

/** One event as the engine keeps and tells it. */
export interface ToldEvent {
  readonly timeNano: bigint;
  readonly type: string;
  readonly action: string;
  readonly actorId: string;
  readonly attributes: Readonly<Record<string, string>>;
  /** The event's line with the fields `status`, `id` and `from`, which Docker dropped with API 1.52. */
  readonly legacyLine: string;
  readonly line: string;
}

export type Dialect = 'docker' | 'podman';

/** What happened, before it has a time. */
export interface Happening {
  readonly type: string;
  readonly action: string;
  readonly actorId: string;
  readonly image?: string;
  readonly attributes: Readonly<Record<string, string>>;
  /** Podman: the value of a `health_status`. */
  readonly healthStatus?: string;
}

/** An event of a container: its labels flattened, then what the engine itself says, which wins. */
export function containerHappening(
  dialect: Dialect,
  container: FakeContainer,
  told: { action: string; extra?: Readonly<Record<string, string>>; healthStatus?: string },
): Happening {
  const own: Record<string, string> = { image: container.image, name: container.name, ...told.extra };
  if (dialect === 'podman') {
    own.containerExitCode = told.extra?.exitCode ?? '0';
    own.podId = '';
  }
  return {
    type: 'container',
    action: told.action,
    actorId: container.id,
    image: container.image,
    attributes: { ...container.labels, ...own },
    ...(told.healthStatus === undefined ? {} : { healthStatus: told.healthStatus }),
  };
}

/** `connect` or `disconnect` of the container's network, which come with every start and end on Docker. */
export function networkHappening(container: FakeContainer, action: 'connect' | 'disconnect'): Happening {
  const name = container.networkMode;
  return {
    type: 'network',
    action,
    actorId: '4666d29fccd65c2974c6ed6af829111dba5f9e982b0baa3760debe0524480df9',
    attributes: { container: container.id, name, type: name === 'none' ? 'null' : name },
  };
}

/** The line as Docker writes it. `timeNano` does not fit a number, so it is written as text. */
export function toldEvent(happening: Happening, timeNano: bigint): ToldEvent {
  const { type, action, actorId, attributes } = happening;
  const sorted = Object.fromEntries(Object.entries(attributes).sort(([a], [b]) => (a < b ? -1 : 1)));
  const health =
    happening.healthStatus === undefined ? '' : `,"HealthStatus":${JSON.stringify(happening.healthStatus)}`;
  const rest =
    `"Type":${JSON.stringify(type)},"Action":${JSON.stringify(action)},` +
    `"Actor":${JSON.stringify({ ID: actorId, Attributes: sorted })}${health},` +
    `"scope":"local","time":${timeNano / 1_000_000_000n},"timeNano":${timeNano}}\n`;
  const legacy =
    happening.image === undefined
      ? ''
      : `"status":${JSON.stringify(action)},"id":"${actorId}","from":${JSON.stringify(happening.image)},`;
  return { timeNano, type, action, actorId, attributes, legacyLine: `{${legacy}${rest}`, line: `{${rest}` };
}
