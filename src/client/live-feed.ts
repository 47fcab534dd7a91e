import type { WorkspaceJson } from '../api/contract/entity-schemas.ts';
import type { ServerFrame } from '../api/contract/live-frames.ts';
import { TidewatchError } from '../model/errors.ts';
import { type EventType, isEventType } from '../model/events.ts';
import type { ClientOptions, SocketLike } from './client-request.ts';
import { readSocket } from './live-socket.ts';
import { type ConnectionOptions, keepConnected } from './stream-connection.ts';

/** What a program is told of. */
export type LiveFrame = Exclude<ServerFrame, { readonly type: 'ping' | 'pong' | 'error' }>;

/** The frame of a type. */
export type LiveFrameOf<T extends LiveFrame['type']> = Extract<LiveFrame, { readonly type: T }>;

/** What a program wants to be told of. */
export interface LiveSubscription {
  /** All unless given; none when empty. */
  readonly events?: readonly (EventType | '*')[];
  /** Also what workspaces use, each second. */
  readonly metrics?: boolean;
  /** Ids; all unless given. */
  readonly workspaces?: readonly string[];
}

/** Called with each frame as it is read. */
export interface LiveCallbacks {
  readonly onSnapshot?: (frame: LiveFrameOf<'snapshot'>) => void;
  readonly onEvent?: (event: LiveFrameOf<'event'>['event']) => void;
  readonly onState?: (workspace: WorkspaceJson) => void;
  readonly onRemoved?: (workspaceId: string) => void;
  readonly onMetrics?: (frame: LiveFrameOf<'metrics'>) => void;
  /** Something was not sent; a snapshot follows. */
  readonly onResync?: (frame: LiveFrameOf<'resync'>) => void;
}

export interface LiveOptions extends ConnectionOptions, LiveSubscription, LiveCallbacks {
  /** First the events after this sequence number; from now on unless given. */
  readonly after?: number;
}

/**
 * States, events and figures as they change, over one connection that is made again when it is lost: every event once, or a
 * `resync` frame that says which are not given. Read it with `for await`, or let {@link LiveFeed.run} call the callbacks.
 */
export interface LiveFeed extends AsyncIterable<LiveFrame> {
  /** All workspaces as they are after the frames read so far, figures included. */
  readonly workspaces: ReadonlyMap<string, WorkspaceJson>;
  /** The place to resume from: `after` of a later call. `undefined` before the first frame. */
  readonly seq: number | undefined;
  /** Reads to the end; resolves when a signal aborts. Rejects as {@link LiveFeed} throws. */
  run(): Promise<void>;
  /** Changes what is told from now on; a new snapshot comes. */
  subscribe(subscription: LiveSubscription): void;
}

/**
 * Throws what trying again cannot mend (`unauthorized`, `bad_request`), and `daemon_unreachable` the first time. It can be read
 * once; nothing is connected before.
 */
export function followLive(options: ClientOptions, live: LiveOptions): LiveFeed {
  return new LiveReader(options, live);
}

class LiveReader implements LiveFeed {
  readonly workspaces = new Map<string, WorkspaceJson>();
  seq: number | undefined;
  readonly #options: ClientOptions;
  readonly #live: LiveOptions;
  #wanted: LiveSubscription;
  #socket: SocketLike | null = null;

  constructor(options: ClientOptions, live: LiveOptions) {
    this.#options = options;
    this.#live = live;
    const { events, metrics, workspaces } = live;
    this.#wanted = { ...(events && { events }), ...(metrics && { metrics }), ...(workspaces && { workspaces }) };
    this.seq = live.after;
  }

  async run(): Promise<void> {
    for await (const _frame of this);
  }

  subscribe(subscription: LiveSubscription): void {
    this.#wanted = subscription;
    this.#socket?.send(JSON.stringify({ type: 'subscribe', ...subscription }));
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<LiveFrame, void> {
    const connection = {
      greeting: () => JSON.stringify({ type: 'subscribe', ...this.#wanted, after: this.seq }),
      onSocket: (socket: SocketLike) => {
        this.#socket = socket;
      },
    };
    try {
      for await (const block of keepConnected(this.#options, this.#live, (how) => this.#connect(how, connection))) {
        if (block === 'open') continue;
        const frame = this.#take(JSON.parse(block.text));
        if (frame !== undefined) yield frame;
      }
    } finally {
      this.#socket = null;
    }
  }

  async *#connect(
    ...[how, connection]: Parameters<typeof readSocket>
  ): AsyncGenerator<'open' | { readonly text: string }> {
    try {
      yield* readSocket(how, connection);
    } finally {
      this.#socket = null;
    }
  }

  /** Keeps the map and the cursor; gives the frame if it is for the program. */
  #take(value: unknown): LiveFrame | undefined {
    if (!isFrame(value)) return undefined;
    if (value.type === 'error') throw new TidewatchError(value.code, value.detail);
    if (value.type === 'pong') return undefined;
    if (value.type === 'ping') {
      this.seq = value.seq ?? this.seq;
      return undefined;
    }
    if (value.type === 'snapshot') this.seq = value.seq;
    if (value.type === 'event') {
      this.seq = value.event.seq;
      // Types of a newer daemon mean nothing to this program.
      if (!isEventType(value.event.type)) return undefined;
    }
    this.#merge(value);
    tell(this.#live, value);
    return value;
  }

  #merge(frame: LiveFrame): void {
    const { workspaces } = this;
    if (frame.type === 'snapshot') {
      workspaces.clear();
      for (const workspace of frame.workspaces) workspaces.set(workspace.id, workspace);
    } else if (frame.type === 'state') workspaces.set(frame.workspace.id, frame.workspace);
    else if (frame.type === 'removed') workspaces.delete(frame.workspaceId);
    else if (frame.type === 'metrics') {
      for (const { workspaceId, metrics } of frame.samples) {
        const workspace = workspaces.get(workspaceId);
        if (workspace !== undefined) workspaces.set(workspaceId, { ...workspace, metrics });
      }
    }
  }
}

function tell(callbacks: LiveCallbacks, frame: LiveFrame): void {
  if (frame.type === 'snapshot') callbacks.onSnapshot?.(frame);
  else if (frame.type === 'event') callbacks.onEvent?.(frame.event);
  else if (frame.type === 'state') callbacks.onState?.(frame.workspace);
  else if (frame.type === 'removed') callbacks.onRemoved?.(frame.workspaceId);
  else if (frame.type === 'metrics') callbacks.onMetrics?.(frame);
  else callbacks.onResync?.(frame);
}

/** Without the schemas, which a browser need not load. */
const KNOWN_TYPES: Readonly<Record<ServerFrame['type'], true>> = {
  snapshot: true,
  event: true,
  state: true,
  removed: true,
  metrics: true,
  resync: true,
  ping: true,
  pong: true,
  error: true,
};

/** A frame of a type that this program knows. */
function isFrame(value: unknown): value is ServerFrame {
  if (typeof value !== 'object' || value === null || !('type' in value)) return false;
  return typeof value.type === 'string' && Object.hasOwn(KNOWN_TYPES, value.type);
}
