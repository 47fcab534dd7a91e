import type { RequestListener, ServerResponse } from 'node:http';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Clock, systemClock } from '../../runtime/clock.ts';
import { createLatch } from '../../runtime/latch.ts';
import type { Engine, EngineEvent } from '../engine.ts';
import { createDockerEngine, type DockerEngineOptions } from './docker-engine.ts';
import { eventsQuery } from './event-stream.ts';
import { answerPing, eventLine, type ScriptedServer, startScriptedServer } from './scripted-server.contract.ts';

/** What the server does with the event stream of the running test. */
let stream: (response: ServerResponse) => void;
let server: ScriptedServer;
const engines: Engine[] = [];

beforeEach(async () => {
  server = await startScriptedServer((request, response) => {
    if (!answerPing(request, response)) stream(response);
  });
});

/** Another server in the place of the one of all tests. */
async function replaced(listener: RequestListener): Promise<ScriptedServer> {
  await server[Symbol.asyncDispose]();
  return startScriptedServer(listener);
}

afterEach(async () => {
  for (const engine of engines.splice(0)) await engine.close();
  await server[Symbol.asyncDispose]();
});

interface Watched {
  readonly batches: (readonly EngineEvent[])[];
  readonly unreadable: string[];
  readonly aborter: AbortController;
  readonly ended: Promise<void>;
}

function watch(
  options: DockerEngineOptions = {},
  told: { onOpen?(): void; onEvents?(watched: Watched): void } = {},
): Watched {
  const engine = createDockerEngine({ host: server.host, ...options });
  engines.push(engine);
  const aborter = new AbortController();
  const watched: Omit<Watched, 'ended'> = { batches: [], unreadable: [], aborter };
  const ended = engine.watch({
    since: 0,
    ...(told.onOpen === undefined ? {} : { onOpen: told.onOpen }),
    onEvents(events) {
      watched.batches.push(events);
      told.onEvents?.({ ...watched, ended });
    },
    onUnreadable: (what) => void watched.unreadable.push(what),
    signal: aborter.signal,
  });
  return { ...watched, ended };
}

/** A stream of these pieces, each one HTTP chunk, that ends cleanly. */
function send(pieces: readonly (string | Uint8Array)[]): void {
  stream = (response) => {
    for (const piece of pieces) if (piece.length > 0) response.write(piece);
    response.end();
  };
}

const names = ({ batches }: Watched) => batches.flat().map(({ name }) => name);
const named = (name: string, more: object = {}) => eventLine('rename', { attributes: { name, ...more } });

/** Time that is always used up: every line ends its slice. */
const hasty = (yieldTurn: () => Promise<void>): Clock => {
  let now = 0;
  return { ...systemClock, monotonic: () => (now += 1_000), yieldTurn };
};

describe('the event stream', () => {
  it('gives the same events wherever it is cut, also within characters of several bytes', async () => {
    const texts = ['web', '작업공간 🌊', 'ünï', '👨‍👩‍👧‍👦'];
    const bytes = Buffer.from(texts.map((name) => `${named(name, { note: name.repeat(3) })}\n`).join(''));
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(bytes.length), { maxLength: 30 }), async (places) => {
        const ends = [...places.toSorted((a, b) => a - b), bytes.length];
        send(ends.map((end, index) => bytes.subarray(index === 0 ? 0 : ends[index - 1], end)));
        const watched = watch();
        await watched.ended;
        expect(names(watched)).toEqual(texts);
        expect(watched.unreadable).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });

  it('is read byte by byte', async () => {
    send([...Buffer.from(`${named('작 🌊')}\n`)].map((byte) => Uint8Array.of(byte)));
    const watched = watch();
    await watched.ended;
    expect(names(watched)).toEqual(['작 🌊']);
  });

  it('passes over empty lines, carriage returns and record separators', async () => {
    send([`\n\r\n${named('a')}\r\n\n\x1e${named('b')}\n\x1e\n`]);
    const watched = watch();
    await watched.ended;
    expect(names(watched)).toEqual(['a', 'b']);
    expect(watched.unreadable).toEqual([]);
  });

  it('takes a last line without a line feed when the engine ends it cleanly', async () => {
    send([`${named('a')}\n${named('b')}`]);
    const watched = watch();
    await watched.ended;
    expect(names(watched)).toEqual(['a', 'b']);
  });

  it('tells a line that cannot be read and goes on with the next', async () => {
    send([`${named('a')}\n{"broken":\nnull\n[]\n${named('b')}\n`]);
    const watched = watch();
    await watched.ended;
    expect(names(watched)).toEqual(['a', 'b']);
    expect(watched.unreadable).toHaveLength(3);
  });

  it('skips a line of more than 4 MiB, tells it once, and goes on with the next', async () => {
    const giant = Buffer.from(`${named('giant', { label: 'x'.repeat(5 * 1024 * 1024) })}\n`);
    send([`${named('a')}\n`, giant, `${named('b')}\n`]);
    const watched = watch();
    await watched.ended;
    expect(names(watched)).toEqual(['a', 'b']);
    expect(watched.unreadable).toEqual([expect.stringContaining('longer than')]);
  });

  it('takes labels of 200 kB', async () => {
    const label = '한'.repeat(70_000);
    send([`${eventLine('create', { attributes: { label } })}\n`]);
    const watched = watch();
    await watched.ended;
    expect(label.startsWith(watched.batches[0]![0]!.labels.label!)).toBe(true);
    expect(watched.unreadable).toEqual([]);
  });

  it('either decodes or tells or knowingly passes over any JSON there is', async () => {
    const any = fc.oneof(
      fc.jsonValue(),
      fc.record(
        {
          Type: fc.oneof(fc.constant('container'), fc.jsonValue()),
          Action: fc.oneof(fc.constantFrom('die', 'health_status: healthy', 'exec_die', 'died'), fc.jsonValue()),
          Actor: fc.oneof(
            fc.record({
              ID: fc.jsonValue(),
              Attributes: fc.oneof(fc.jsonValue(), fc.dictionary(fc.string(), fc.jsonValue())),
            }),
            fc.jsonValue(),
          ),
          time: fc.jsonValue(),
          timeNano: fc.oneof(fc.maxSafeNat(), fc.double(), fc.jsonValue()),
        },
        { requiredKeys: [] },
      ),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(any), async (values) => {
        send([values.map((value) => `${JSON.stringify(value)}\n`).join(''), `${named('last')}\n`]);
        const watched = watch();
        await watched.ended;
        const passedOver = values.filter(isOfNoConcern).length;
        expect(names(watched).at(-1)).toBe('last');
        expect(watched.batches.flat().length - 1 + watched.unreadable.length + passedOver).toBe(values.length);
      }),
      { numRuns: 60 },
    );
  });

  it('survives any bytes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 20 }), async (pieces) => {
        send([...pieces, `\n${named('last')}\n`]);
        const watched = watch();
        await watched.ended;
        expect(names(watched)).toEqual(['last']);
      }),
      { numRuns: 40 },
    );
  });
});

/** An event of something else, or an action that does not change a state. */
function isOfNoConcern(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { Type, Action } = value as Record<string, unknown>;
  if (Type !== undefined && typeof Type !== 'string') return false;
  if (Type !== undefined && Type !== 'container') return true;
  return typeof Action === 'string' && !['die', 'health_status: healthy', 'died'].includes(Action);
}

describe('a burst', () => {
  it('is decoded in slices, in order and without loss, and other work gets its turns', async () => {
    const count = 10_000;
    const lines = Array.from({ length: count }, (_, n) => `${named(`c${n}`)}\n`);
    let turns = 0;
    send([lines.join('')]);
    const clock = hasty(() => {
      turns += 1;
      return systemClock.yieldTurn();
    });
    const watched = watch({ clock });
    await watched.ended;
    expect(names(watched)).toEqual(lines.map((_, n) => `c${n}`));
    expect(turns).toBeGreaterThanOrEqual(count);
  });

  it('of many small writes that come at once is not decoded within the turn in which it was read', async () => {
    const lines = Array.from({ length: 1_000 }, (_, n) => `${named(`c${n}`)}\n`);
    send(lines);
    const watched = watch();
    await watched.ended;
    expect(names(watched)).toHaveLength(1_000);
    // Only what came first in a turn is decoded by itself.
    expect(watched.batches.length).toBeLessThan(500);
  });

  it('that outgrows the memory set aside for it breaks the stream with an error, and the engine is never made to wait', async () => {
    const taken = createLatch();
    const line = Buffer.from(`${named('a', { label: 'x'.repeat(100_000) })}\n`);
    stream = (response) => {
      const pump = () => {
        if (response.destroyed) return;
        response.write(line, (error) => (error ? undefined : setImmediate(pump)));
      };
      response.on('close', taken.open);
      pump();
    };
    // Decoding stands still from the first slice on.
    const clock = hasty(() => new Promise(() => {}));
    const watched = watch({ clock, limits: { eventBacklogBytes: 5_000_000 } });
    await expect(watched.ended).rejects.toMatchObject({
      code: 'engine_bad_answer',
      message: expect.stringContaining('5000000 bytes'),
    });
    await taken.opened;
  });

  it('of any size passes while decoding keeps up', async () => {
    const line = `${named('a', { label: 'x'.repeat(100_000) })}\n`;
    send(Array.from({ length: 100 }, () => line));
    const watched = watch({ limits: { eventBacklogBytes: 100 * line.length } });
    await watched.ended;
    expect(names(watched)).toHaveLength(100);
  });
});

describe('the end of a stream', () => {
  it('is clean when the engine ends it', async () => {
    send([`${named('a')}\n`]);
    await expect(watch().ended).resolves.toBeUndefined();
  });

  it('that is cut rejects after what came whole; the half line is neither an event nor a complaint', async () => {
    stream = (response) => {
      response.write(`${named('a')}\n${named('b').slice(0, 60)}`, () => response.destroy());
    };
    const watched = watch();
    await expect(watched.ended).rejects.toMatchObject({ code: 'engine_unreachable' });
    expect(names(watched)).toEqual(['a']);
    expect(watched.unreadable).toEqual([]);
  });

  it('comes at once and without an error when the watch is aborted, and nothing is heard after it', async () => {
    send([Array.from({ length: 100 }, (_, n) => `${named(`c${n}`)}\n`).join('')]);
    const clock = hasty(systemClock.yieldTurn);
    const watched = watch({ clock }, { onEvents: ({ aborter, batches }) => batches.length === 3 && aborter.abort() });
    await expect(watched.ended).resolves.toBeUndefined();
    await systemClock.yieldTurn();
    expect(names(watched)).toEqual(['c0', 'c1', 'c2']);
  });

  it('comes when the watch is aborted as the engine takes it', async () => {
    stream = (response) => response.flushHeaders();
    const watched: Watched = watch({}, { onOpen: () => watched.aborter.abort() });
    await expect(watched.ended).resolves.toBeUndefined();
  });

  it('closes the connection of an aborted watch', async () => {
    const closed = createLatch();
    stream = (response) => {
      response.on('close', closed.open);
      response.write(`${named('a')}\n`);
    };
    const watched = watch({}, { onEvents: ({ aborter }) => aborter.abort() });
    await watched.ended;
    await closed.opened;
  });

  it('comes with an error when the engine’s client is closed, and nothing is heard after it', async () => {
    send([Array.from({ length: 100 }, (_, n) => `${named(`c${n}`)}\n`).join('')]);
    const clock = hasty(systemClock.yieldTurn);
    const watched = watch({ clock }, { onEvents: () => void engines.at(-1)?.close() });
    await expect(watched.ended).rejects.toMatchObject({ code: 'engine_unreachable' });
    expect(names(watched)).toEqual(['c0']);
  });

  it('comes with the error of a sink that throws, which harms nobody else', async () => {
    stream = (response) => response.write(`${named('a')}\n`);
    const watched = watch(
      {},
      {
        onEvents() {
          throw new Error('the sink is broken');
        },
      },
    );
    await expect(watched.ended).rejects.toThrow('the sink is broken');
  });

  it('comes with the error of a sink that throws at the very last line', async () => {
    send([`${named('a')}\n${named('b')}`]);
    const watched = watch(
      {},
      {
        onEvents({ batches }) {
          if (batches.flat().some(({ name }) => name === 'b')) throw new Error('the sink is broken');
        },
      },
    );
    await expect(watched.ended).rejects.toThrow('the sink is broken');
  });
});

describe('a replay from Podman', () => {
  it('asks for all it has and takes what is not later than was asked for: it loses events when told an end', async () => {
    server = await replaced((request, response) => {
      response.setHeader('Libpod-Api-Version', '4.3.1');
      if (answerPing(request, response)) return;
      const at = (ms: number) => ({ timeNano: `${ms}000000`, attributes: { name: `at ${ms}` } });
      response.end([1_000, 2_000, 2_001].map((ms) => `${eventLine('start', at(ms * 1_000_000))}\n`).join(''));
    });
    const engine = createDockerEngine({ host: server.host });
    engines.push(engine);
    const heard: string[] = [];
    const onEvents = (events: readonly EngineEvent[]) => void heard.push(...events.map(({ name }) => name));
    const { signal } = new AbortController();
    await engine.watch({ since: 1_000_000_000, until: 2_000_000_000, onEvents, signal });
    expect(heard).toEqual(['at 1000000000', 'at 2000000000']);
    const query = new URLSearchParams(server.asked.at(-1)?.split('?')[1]);
    expect([query.get('until'), query.get('stream')]).toEqual([null, 'false']);
  });
});

describe('the query', () => {
  it.each([
    [0, '0.000000000'],
    [-5, '0.000000000'],
    [1_795_402_832_561, '1795402832.561000000'],
    [1_795_402_832_561.9, '1795402832.561000000'],
    ['1795402832561901592', '1795402832.561901592'],
    ['7', '0.000000007'],
  ])('writes %s as %s: never rounded up, exact to the nanosecond', (instant, text) => {
    expect(new URLSearchParams(eventsQuery({ since: instant }, 'docker')).get('since')).toBe(text);
  });

  it('asks Podman from a microsecond before: it leaves out the instant itself, and rounds it up or down', () => {
    const since = '1795402832561901592';
    expect(new URLSearchParams(eventsQuery({ since }, 'docker')).get('since')).toBe('1795402832.561901592');
    expect(new URLSearchParams(eventsQuery({ since }, 'podman')).get('since')).toBe('1795402832.561900592');
    expect(new URLSearchParams(eventsQuery({ since: 0 }, 'podman')).get('since')).toBe('0.000000000');
  });

  it('asks for the actions that matter, in Podman’s words too, and for the end only when there is one', () => {
    const query = new URLSearchParams(eventsQuery({ since: 1_000 }, 'docker'));
    expect(query.get('until')).toBeNull();
    const filters = JSON.parse(query.get('filters') ?? '') as { type: string[]; event: string[] };
    expect(filters.type).toEqual(['container']);
    expect(filters.event).toEqual(expect.arrayContaining(['die', 'died', 'destroy', 'remove', 'health_status']));
    expect(filters.event.join()).not.toMatch(/exec|attach/);
    expect(new URLSearchParams(eventsQuery({ since: 1_000, until: 2_000 }, 'docker')).get('until')).toBe('2.000000000');
  });
});

describe('what is done with containers from outside', () => {
  it.each(['docker', 'podman'] as const)('is asked of %s only by who wants it, once per exec', (dialect) => {
    const query = new URLSearchParams(eventsQuery({ since: 0, onSigns() {} }, dialect));
    const { event } = JSON.parse(query.get('filters') ?? '') as { event: string[] };
    expect(event).toContain('attach');
    // Docker compares by prefix, Podman does not.
    const asked = (action: string) =>
      event.some((word) => (dialect === 'docker' ? action.startsWith(word) : action === word));
    const execs = ['exec', 'exec_create: sh', 'exec_start: sh', 'exec_die', 'exec_died', 'top'];
    expect(execs.filter(asked)).toEqual(dialect === 'docker' ? ['exec_start: sh'] : ['exec']);
  });

  it('is told apart from events, after those that came with it', async () => {
    const lines = ['start', 'exec_start: sh', 'die', 'attach', 'top'].map((action) => `${eventLine(action)}\n`);
    send([lines.join('')]);
    const told: string[] = [];
    const engine = createDockerEngine({ host: server.host });
    engines.push(engine);
    await engine.watch({
      since: 0,
      onEvents: (events) => void told.push(...events.map(({ action }) => action)),
      onSigns: (signs) => void told.push(...signs.map(({ kind, command }) => `${kind} ${command}`)),
      onUnreadable: (what) => void told.push(what),
      signal: new AbortController().signal,
    });
    expect(told).toEqual(['start', 'die', 'exec sh', 'attach ']);
  });
});

describe('whoever takes the events', () => {
  it('spends time of the same slice: a burst is handed over in many turns', async () => {
    let takenMs = 0;
    let inThisTurn = 0;
    let mostInATurn = 0;
    const clock: Clock = {
      ...systemClock,
      monotonic: () => takenMs,
      yieldTurn() {
        inThisTurn = 0;
        return systemClock.yieldTurn();
      },
    };
    send([Array.from({ length: 500 }, (_, number) => `${named(`c${number}`)}\n`).join('')]);
    const watched = watch(
      { clock },
      {
        onEvents: ({ batches }) => {
          const events = batches.at(-1)?.length ?? 0;
          takenMs += events;
          inThisTurn += events;
          mostInATurn = Math.max(mostInATurn, inThisTurn);
        },
      },
    );
    await watched.ended;

    expect(names(watched)).toHaveLength(500);
    expect(mostInATurn).toBeLessThan(50);
  });
});
