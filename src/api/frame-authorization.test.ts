import type { TSchema } from 'typebox';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { ROLES, type Role, reaches } from '../access/role.ts';
import { memoryEventLog } from '../events/memory-event-log.ts';
import type { WorkspaceMetrics } from '../model/workspace.ts';
import { FakeClock } from '../runtime/fake-clock.ts';
import {
  CLIENT_FRAMES,
  type ClientFrame,
  SERVER_FRAMES,
  type ServerFrame,
  STREAM_EVENTS,
} from './contract/live-frames.ts';
import { HEARTBEAT_MS } from './live/event-hub.ts';
import { LiveTestClient } from './live/live-client.contract.ts';
import { eventDraft, makeToken, type StubApi, stubApi } from './stub-api.contract.ts';
import { workspaceState } from './stub-tracker.contract.ts';

/** Of a limited token: it is told of workspaces, and of none beyond its limit; or the frame is the same for all. */
type Told = 'within its limit' | 'nothing of workspaces';

/** A frame that is added to the contract does not compile here without its rule. */
const SERVER_RULES: Readonly<Record<ServerFrame['type'], Told>> = {
  snapshot: 'within its limit',
  event: 'within its limit',
  state: 'within its limit',
  removed: 'within its limit',
  metrics: 'within its limit',
  resync: 'nothing of workspaces',
  ping: 'nothing of workspaces',
  pong: 'nothing of workspaces',
  error: 'nothing of workspaces',
};

const STREAM_RULES: Readonly<Record<keyof typeof STREAM_EVENTS, Told>> = {
  message: 'within its limit',
  metrics: 'within its limit',
  gap: 'nothing of workspaces',
};

/** The least role that may send it, and the answer that shows that it was taken. */
const CLIENT_RULES: Readonly<
  Record<ClientFrame['type'], { readonly role: Role; readonly shows: ServerFrame['type'] }>
> = {
  subscribe: { role: 'viewer', shows: 'snapshot' },
  ping: { role: 'viewer', shows: 'pong' },
  // Nothing is answered: the next thing that is asked for is.
  pong: { role: 'viewer', shows: 'pong' },
};

/** Everything of a workspace of others has this in it, figures too. */
const SECRET = /secret|4242/i;
const OF_OTHERS = {
  ...{ owner: 'secret-eve', name: 'Secret', labels: { team: 'secret' } },
  containers: workspaceState('secret').containers,
  metrics: { cpuPercent: 4242, memoryUsage: 4242, uptime: 1 } as WorkspaceMetrics,
};
const OURS = {
  ...{ owner: 'ann', labels: { team: 'a' } },
  metrics: { cpuPercent: 1, memoryUsage: 1, uptime: 1 } as WorkspaceMetrics,
};

const LIMITS = { everything: {}, 'of ann': { owners: ['ann'] }, 'of team a': { labels: ['team=a'] } };
const HOLDERS = ROLES.flatMap((role) =>
  Object.entries(LIMITS).map(([limit, fields]) => ({ who: `${role}, ${limit}`, role, limit, fields })),
);

/** What one who holds a token was sent. */
interface Seat {
  readonly live: LiveTestClient;
  readonly liveBytes: string[];
  readonly streamBytes: string[];
  readonly abort: AbortController;
}

const seats = new Map<string, Seat>();
const clock = new FakeClock();
let stub: StubApi;

/** Everything that frames can tell happens while all of them look. */
beforeAll(async () => {
  const log = memoryEventLog({ clock });
  log.append(Array.from({ length: 4 }, () => eventDraft('secret', 'of secret')));
  log.prune({ olderThan: 0, keepAtMost: 1 });
  stub = await stubApi({ clock, log });
  await stub.api.listen();
  for (const [id, fields] of Object.entries({
    shop: OURS,
    moved: OURS,
    gone: OURS,
    secret: OF_OTHERS,
    secret2: OF_OTHERS,
  }))
    stub.tracker.put(id, fields);
  for (const { who, role, fields } of HOLDERS) {
    const { headers } = await makeToken(stub, { role, ...fields });
    seats.set(who, await sit(headers.authorization));
  }
  await Promise.all([...seats.values()].map(sendAll));
  await change();
  await clock.advance(HEARTBEAT_MS);
  for (const { live } of seats.values()) live.send({ type: 'subscribe', after: 9_999 });
  await Promise.all([...seats.values()].map(({ live }) => live.until(() => expect(live.of('resync')).toHaveLength(2))));
}, 60_000);

afterAll(async () => {
  for (const { live, abort } of seats.values()) {
    live.ws.terminate();
    abort.abort();
  }
  await stub.close();
});

async function sit(authorization: string): Promise<Seat> {
  const live = new LiveTestClient(stub.api.address(), { authorization });
  const liveBytes: string[] = [];
  live.ws.on('upgrade', ({ rawHeaders, socket }) => {
    liveBytes.push(rawHeaders.join('\n'));
    socket.on('data', (bytes: Buffer) => liveBytes.push(bytes.toString('latin1')));
  });
  await live.opened();
  const address = stub.api.address();
  const port = address.kind === 'tcp' ? address.port : 0;
  const abort = new AbortController();
  const answer = await fetch(`http://127.0.0.1:${port}/api/v1/events/stream?after=0&metrics=true`, {
    headers: { authorization },
    signal: abort.signal,
  });
  const streamBytes: string[] = [JSON.stringify([...answer.headers])];
  void (async () => {
    for await (const bytes of answer.body ?? []) streamBytes.push(Buffer.from(bytes).toString('latin1'));
  })().catch(() => {});
  return { live, liveBytes, streamBytes, abort };
}

/** Every frame of the contract, well-formed and not. */
async function sendAll({ live }: Seat): Promise<void> {
  live.send({ type: 'pong' });
  live.send({ type: 'ping' });
  live.send('no frame');
  await live.subscribe({ events: ['*'], metrics: true, workspaces: ['*'], after: 0 });
  await live.until(() => expect(live.of('error')).not.toEqual([]));
}

async function change(): Promise<void> {
  const { bus, tracker } = stub;
  bus.emitAll([
    eventDraft('secret', 'of secret'),
    eventDraft(null, 'all, secret ones too'),
    eventDraft('shop', 'ours'),
  ]);
  await bus.drain();
  for (const id of ['secret', 'shop']) tracker.put(id, { phase: 'stopped', metrics: null });
  tracker.put('moved', OF_OTHERS);
  for (const id of ['secret2', 'gone']) tracker.forget(id);
  await clock.advance(1_000);
  await clock.advance(1_000);
  bus.emit(eventDraft('shop', 'the end'));
  await bus.drain();
  const isOver = ({ live, streamBytes }: Seat) => {
    expect(live.of('event').at(-1)?.event.message).toBe('the end');
    expect(live.of('removed').map(({ workspaceId }) => workspaceId)).toContain('gone');
    expect(live.of('state').map(({ workspace }) => workspace.id)).toContain('shop');
    expect(live.of('metrics').length).toBeGreaterThan(1);
    expect(streamBytes.join('')).toContain('the end');
  };
  for (const seat of seats.values()) await vi.waitFor(() => isOver(seat), { timeout: 20_000, interval: 5 });
}

/** Whether what fits the schema can tell of a workspace: a field of it, however deep, is named for one. */
function namesWorkspaces(schema: object): boolean {
  return Object.entries(schema).some(([key, part]) => {
    if (typeof part !== 'object' || part === null) return false;
    const isNamed = key === 'properties' && Object.keys(part).some((name) => name.startsWith('workspace'));
    return isNamed || namesWorkspaces(part);
  });
}

const seatOf = (who: string): Seat => seats.get(who) as Seat;
const toldOf = (schema: TSchema): Told => (namesWorkspaces(schema) ? 'within its limit' : 'nothing of workspaces');

/** Events of a stream as they came, by name. */
function streamed({ streamBytes }: Seat, name: string): string[] {
  const blocks = streamBytes.slice(1).join('').split('\n\n');
  return blocks.filter((block) => {
    const named = /^event: (.*)$/m.exec(block)?.[1] ?? (/^data: /m.test(block) ? 'message' : '');
    return named === name;
  });
}

describe('the matrix of frames', () => {
  test.each(Object.entries<TSchema>(SERVER_FRAMES))('the rule of %s agrees with what it can hold', (type, schema) => {
    expect(SERVER_RULES[type as ServerFrame['type']]).toBe(toldOf(schema));
  });
  test.each(Object.entries<TSchema>(STREAM_EVENTS))(
    'the rule of the event %s agrees with what it can hold',
    (name, schema) => {
      expect(STREAM_RULES[name as keyof typeof STREAM_EVENTS]).toBe(toldOf(schema));
    },
  );

  const sent = Object.keys(SERVER_FRAMES) as ServerFrame['type'][];
  test.each(HOLDERS.flatMap((holder) => sent.map((type) => ({ ...holder, type }))))(
    '$type tells $who as its rule says',
    ({ who, limit, type }) => {
      const frames = seatOf(who).live.of(type);
      expect(frames).not.toEqual([]);
      const isTold = limit === 'everything' && SERVER_RULES[type] === 'within its limit';
      expect(SECRET.test(JSON.stringify(frames))).toBe(isTold);
    },
  );

  const streams = Object.keys(STREAM_EVENTS) as (keyof typeof STREAM_EVENTS)[];
  test.each(HOLDERS.flatMap((holder) => streams.map((name) => ({ ...holder, name }))))(
    'the event $name tells $who as its rule says',
    ({ who, limit, name }) => {
      const blocks = streamed(seatOf(who), name);
      expect(blocks).not.toEqual([]);
      const isTold = limit === 'everything' && STREAM_RULES[name] === 'within its limit';
      expect(SECRET.test(blocks.join('\n'))).toBe(isTold);
    },
  );

  test.each(HOLDERS)('in no byte that $who gets is anything beyond the limit', ({ who, limit }) => {
    const { liveBytes, streamBytes, live } = seatOf(who);
    // The bytes are all of them: what the library made of them is there.
    for (const type of sent) expect(liveBytes.join('')).toContain(`"type":"${type}"`);
    expect(liveBytes.join('')).toContain(JSON.stringify(live.of('event').at(-1)));
    const isLimited = limit !== 'everything';
    expect([liveBytes, streamBytes].map((bytes) => SECRET.test(bytes.join('')))).toEqual([!isLimited, !isLimited]);
    if (isLimited) {
      expect(
        live
          .of('removed')
          .map(({ workspaceId }) => workspaceId)
          .sort(),
      ).toEqual(['gone', 'moved']);
      expect(live.of('ping').map(({ seq }) => seq)).toEqual([undefined]);
    }
  });

  const taken = Object.keys(CLIENT_FRAMES) as ClientFrame['type'][];
  test.each(HOLDERS.flatMap((holder) => taken.map((type) => ({ ...holder, type }))))(
    '$type is taken from $who as its rule says',
    async ({ who, role, type }) => {
      const { live } = seatOf(who);
      const rule = CLIENT_RULES[type];
      const shown = reaches(role, rule.role) ? rule.shows : 'error';
      const before = [live.of(shown).length, live.of('error').length];
      live.send({ type });
      // Another one after it: frames are answered in their order.
      if (type !== 'ping') live.send({ type: 'ping' });
      await live.until(() => expect(live.of(shown).length).toBeGreaterThan(before[0] ?? 0));
      if (shown !== 'error') expect(live.of('error')).toHaveLength(before[1] ?? 0);
    },
  );

  test.each(HOLDERS.filter(({ limit }) => limit !== 'everything'))(
    'who asks as $who for a workspace of others hears what one hears of none',
    async ({ who }) => {
      const { live } = seatOf(who);
      const answers: string[] = [];
      for (const id of ['secret', 'nosuch']) {
        const before = live.frames.length;
        await live.subscribe({ workspaces: [id], metrics: true });
        const pongs = live.of('pong').length;
        live.send({ type: 'ping' });
        await live.until(() => expect(live.of('pong').length).toBeGreaterThan(pongs));
        answers.push(JSON.stringify(live.frames.slice(before)));
      }
      expect(answers[0]).toBe(answers[1]);
      expect(JSON.parse(answers[0] ?? '')[0]).toMatchObject({ type: 'snapshot', workspaces: [] });
    },
  );
});
