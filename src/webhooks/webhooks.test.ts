import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Webhook } from 'standardwebhooks';
import { expect, onTestFinished, test } from 'vitest';
import { eventually } from '../engine/eventually.contract.ts';
import { EventBus } from '../events/bus.ts';
import { fileCursors, memoryCursors } from '../events/cursors.ts';
import { draftOf, errorOf } from '../events/drafts.contract.ts';
import { memoryEventLog } from '../events/memory-event-log.ts';
import { EVENT_TYPES } from '../model/events.ts';
import { type Clock, systemClock } from '../runtime/clock.ts';
import { type LogFields, type Logger, silentLogger } from '../runtime/logger.ts';
import { type HookReceiver, hang, reset, startHookReceiver } from './hook-receiver.contract.ts';
import type { WebhookReceiver } from './receiver.ts';
import type { SenderPace } from './webhook-sender.ts';
import { Webhooks, type WebhooksOptions } from './webhooks.ts';

const SECRET = `whsec_${Buffer.from('a secret of twenty-four!').toString('base64')}`;
const PACE: SenderPace = { timeoutMs: 60_000, backoff: { initialMs: 1, maxMs: 20 }, backlogMost: 10_000 };

async function receiving(): Promise<HookReceiver> {
  const receiver = await startHookReceiver();
  onTestFinished(() => receiver[Symbol.asyncDispose]());
  return receiver;
}

/** A sender's time for an answer, which runs out when the test says so and not when the machine is busy. */
function patience() {
  const waiting = new Set<() => void>();
  const runOut = () => {
    for (const task of [...waiting]) task();
  };
  const setTimer: Clock['setTimer'] = (delayMs, task) => {
    if (delayMs !== PACE.timeoutMs) return systemClock.setTimer(delayMs, task);
    waiting.add(task);
    return () => void waiting.delete(task);
  };
  return { clock: { ...systemClock, setTimer }, runOut };
}

function to({ url }: { readonly url: string }, rest: Partial<WebhookReceiver> = {}): WebhookReceiver {
  const all = { types: EVENT_TYPES, workspaces: [], labels: [] };
  return { name: 'ci', url, ...all, secret: SECRET, format: 'json', ...rest };
}

interface Sending {
  readonly bus: EventBus;
  readonly webhooks: Webhooks;
  /** What was logged, as text. */
  readonly logged: string[];
  say(...messages: readonly string[]): void;
}

function sending(receivers: readonly WebhookReceiver[], options: Partial<WebhooksOptions> = {}): Sending {
  const logged: string[] = [];
  const note = (message: string, fields?: LogFields) => void logged.push(`${message} ${JSON.stringify(fields)}`);
  const logger: Logger = { debug: note, info: note, warn: note, error: note };
  const bus = (options.bus as EventBus | undefined) ?? new EventBus();
  const webhooks = new Webhooks({
    ...{ receivers, cursors: memoryCursors(), log: bus.log, bus, labelsOf: () => undefined },
    ...{ userAgent: 'Tidewatch/test', clock: systemClock, logger, pace: PACE },
    ...options,
  });
  webhooks.start();
  onTestFinished(async () => {
    await webhooks.stop();
    await bus.close();
  });
  return { bus, webhooks, logged, say: (...messages) => bus.emitAll(messages.map((one) => draftOf(one, 'shop'))) };
}

const text = (count: number, from = 1) => Array.from({ length: count }, (_, index) => `m${from + index}`);

test('events are posted in order, signed as Standard Webhooks are', async () => {
  const receiver = await receiving();
  const { say, bus } = sending([to(receiver)]);
  say('m1', 'm2', 'm3');
  await eventually(() => expect(receiver.taken()).toEqual(['m1', 'm2', 'm3']));
  for (const [index, { headers, body }] of receiver.received.entries()) {
    const event = bus.log.read({ after: index, limit: 1 }).items[0];
    expect(new Webhook(SECRET).verify(body, { ...headers })).toEqual(event);
    expect(headers).toMatchObject({
      'webhook-id': event?.id,
      'content-type': 'application/json',
      'user-agent': 'Tidewatch/test',
    });
    expect(() => new Webhook(SECRET).verify(`${body} `, { ...headers })).toThrow('No matching signature');
  }
});

test('a secret that is no base64 is taken as it is', async () => {
  const receiver = await receiving();
  const secret = 'words that somebody has made up';
  sending([to(receiver, { secret })]).say('m1');
  await eventually(() => expect(receiver.taken()).toEqual(['m1']));
  const { body, headers } = receiver.received[0]!;
  expect(new Webhook(secret, { format: 'raw' }).verify(body, { ...headers })).toMatchObject({ message: 'm1' });
});

test('what fails is tried again, in order, with the same id: errors, resets and silence', async () => {
  const receiver = await receiving();
  const { clock, runOut } = patience();
  receiver.answer(500, 503, reset, 200, 429, runOut, 200, 502, 408);
  const { say, webhooks } = sending([to(receiver)], { clock });
  say(...text(4));
  await eventually(() => expect(receiver.taken()).toEqual(text(4)));
  const ids = receiver.received.map(({ headers }) => headers['webhook-id']?.split('-')[1]);
  expect(ids).toEqual(['1', '1', '1', '1', '2', '2', '2', '3', '3', '3', '4']);
  for (const { body, headers } of receiver.received) new Webhook(SECRET).verify(body, { ...headers });
  await eventually(() =>
    expect(webhooks.list()[0]).toMatchObject({
      state: 'idle',
      delivered: 4,
      failedAttempts: 7,
      failed: 0,
      backlog: 0,
      lastError: null,
    }),
  );
  expect(webhooks.deliveries('ci').map(({ seq, attempts, state }) => [seq, attempts, state])).toEqual([
    [4, 1, 'delivered'],
    [3, 3, 'delivered'],
    [2, 3, 'delivered'],
    [1, 4, 'delivered'],
  ]);
});

test('a receiver that hangs delays neither another one nor who tells', async () => {
  const [slow, quick] = [await receiving(), await receiving()];
  slow.answerAll(hang);
  const { say, webhooks } = sending([to(slow, { name: 'slow' }), to(quick)]);
  say(...text(200));
  await eventually(() => expect(quick.taken()).toEqual(text(200)));
  expect(slow.received).toHaveLength(1);
  await eventually(() =>
    expect(webhooks.list().map(({ name, backlog }) => [name, backlog])).toEqual([
      ['slow', 200],
      ['ci', 0],
    ]),
  );
});

test('one that refuses an event gets it five times, then the next one', async () => {
  const receiver = await receiving();
  receiver.answer(400, 400, 400, 400, 400);
  const { say, webhooks } = sending([to(receiver)]);
  say('m1', 'm2');
  await eventually(() => expect(receiver.taken()).toEqual(['m2']));
  expect(webhooks.deliveries('ci')[1]).toMatchObject({
    state: 'failed',
    attempts: 5,
    status: 400,
    error: 'answered 400',
  });
});

test('a redirect is not followed', async () => {
  const [receiver, elsewhere] = [await receiving(), await receiving()];
  receiver.answer((response) => void response.writeHead(307, { location: elsewhere.url }).end());
  const { say, webhooks } = sending([to(receiver)]);
  say('m1');
  await eventually(() => expect(receiver.taken()).toEqual(['m1']));
  expect(elsewhere.received).toEqual([]);
  expect(webhooks.list()[0]).toMatchObject({ failedAttempts: 1 });
});

test('an answer without end is not waited for', async () => {
  const receiver = await receiving();
  receiver.answer((response) => {
    response.writeHead(200);
    const more = () => void (response.destroyed || response.write(Buffer.alloc(65_536), more));
    more();
  });
  const { say } = sending([to(receiver)]);
  say('m1', 'm2');
  await eventually(() => expect(receiver.taken()).toEqual(['m2']));
});

test('only events that are asked for are sent', async () => {
  const [errors, shops, webs] = [await receiving(), await receiving(), await receiving()];
  const labels: Readonly<Record<string, Record<string, string>>> = { 'shop-1': { team: 'web' }, other: { team: 'db' } };
  const { bus } = sending(
    [
      to(errors, { name: 'errors', types: ['error'] }),
      to(shops, { name: 'shops', workspaces: ['shop-*'] }),
      to(webs, { name: 'webs', labels: ['team=web'] }),
    ],
    { labelsOf: (id) => labels[id] },
  );
  bus.emitAll([
    draftOf('a', 'shop-1'),
    errorOf('b', 'shop-2'),
    draftOf('c', 'other'),
    errorOf('d'),
    draftOf('e', 'eshop-1'),
  ]);
  await eventually(() => {
    expect(errors.taken()).toEqual(['b', 'd']);
    expect(shops.taken()).toEqual(['a', 'b']);
    expect(webs.taken()).toEqual(['a']);
  });
});

test('too far behind, the oldest are left out and counted', async () => {
  const receiver = await receiving();
  receiver.answerAll(503);
  const { say, webhooks } = sending([to(receiver)], { pace: { ...PACE, backlogMost: 5 } });
  say('m1');
  await eventually(() => expect(receiver.received.length).toBeGreaterThan(1));
  say(...text(20, 2));
  await eventually(() => expect(webhooks.list()[0]?.dropped).toBe(16));
  receiver.answerAll(200);
  await eventually(() => expect(receiver.taken()).toEqual(text(5, 17)));
  await eventually(() => expect(webhooks.list()[0]).toMatchObject({ dropped: 16, delivered: 5 }));
});

test('events that the log does not keep any more are counted as left out', async () => {
  const receiver = await receiving();
  receiver.answer(hang);
  const bus = new EventBus({ log: memoryEventLog({ capacity: 10 }) });
  const { clock, runOut } = patience();
  const { say, webhooks } = sending([to(receiver)], { bus, log: bus.log, clock });
  say('m1');
  await eventually(() => expect(receiver.received).toHaveLength(1));
  for (const one of text(400, 2)) say(one);
  await bus.drain();
  runOut();
  await eventually(() => expect(receiver.taken().at(-1)).toBe('m401'));
  await eventually(() => {
    const [stats] = webhooks.list();
    expect((stats?.dropped ?? 0) + (stats?.delivered ?? 0)).toBe(401);
  });
});

test('a restart goes on where it was; what comes before the first start is not sent', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tidewatch-hooks-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const receiver = await receiving();
  const bus = new EventBus();
  const file = join(folder, 'webhooks.json');
  const cursors = () => fileCursors({ file, logId: bus.log.logId, clock: systemClock, logger: silentLogger });
  bus.emit(draftOf('before'));
  await bus.drain();
  const first = sending([to(receiver)], { bus, log: bus.log, cursors: cursors() });
  first.say('m1', 'm2');
  await eventually(() => expect(receiver.taken()).toEqual(['m1', 'm2']));
  // The third one is under way when it stops.
  receiver.answer(hang);
  first.say('m3');
  await eventually(() => expect(receiver.received).toHaveLength(3));
  await first.webhooks.stop();
  first.say('m4');
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({ logId: bus.log.logId, cursors: { ci: 3 } });
  sending([to(receiver), to(receiver, { name: 'new', types: ['error'] })], { bus, log: bus.log, cursors: cursors() });
  await eventually(() => expect(receiver.taken()).toEqual(['m1', 'm2', 'm3', 'm4']));
  writeFileSync(file, 'not JSON');
  expect(cursors().get('ci')).toBeUndefined();
  writeFileSync(file, JSON.stringify({ logId: 'another', cursors: { ci: 3 } }));
  expect(cursors().get('ci')).toBeUndefined();
});

test('an event is sent once more when somebody asks, with its id and a new signature, delivered before or never wanted', async () => {
  const receiver = await receiving();
  const { say, bus, webhooks } = sending([to(receiver, { types: ['container_update'] })]);
  say('m1');
  bus.emit(errorOf('m2'));
  await eventually(() => expect(webhooks.list()[0]?.lastSeq).toBe(2));
  expect(await webhooks.replay('ci', 1)).toMatchObject({
    seq: 1,
    state: 'delivered',
    attempts: 2,
    replays: 1,
    status: 200,
  });
  expect(await webhooks.replay('ci', 2)).toMatchObject({ seq: 2, state: 'delivered', attempts: 1, replays: 1 });
  receiver.answer(500);
  expect(await webhooks.replay('ci', 2)).toMatchObject({ seq: 2, state: 'failed', status: 500, error: 'answered 500' });
  expect(receiver.taken()).toEqual(['m1', 'm1', 'm2']);
  const [before, again] = receiver.received;
  expect(again?.headers['webhook-id']).toBe(before?.headers['webhook-id']);
  await expect(webhooks.replay('ci', 9)).rejects.toThrow('does not keep an event 9');
  await expect(webhooks.replay('nobody', 1)).rejects.toThrow('no webhook "nobody"');
});

test('neither secrets nor addresses are shown or logged', async () => {
  const receiver = await receiving();
  const { clock, runOut } = patience();
  receiver.answer(500, reset, runOut, 400, 400, 400, 400, 400);
  const { say, webhooks, logged } = sending([to(receiver)], { clock });
  say('m1', 'm2');
  await eventually(() => expect(receiver.taken()).toEqual(['m2']));
  const shown = [...logged, JSON.stringify(webhooks.list()), JSON.stringify(webhooks.deliveries('ci'))].join('\n');
  expect(shown).not.toMatch(/whsec|c2VjcmV0|secret|of-its-own/);
  expect(webhooks.list()[0]?.origin).toBe(new URL(receiver.url).origin);
  expect(logged.length).toBeGreaterThan(1);
});

test('a CloudEvent has all that the format asks for', async () => {
  const receiver = await receiving();
  const { say, bus } = sending([to(receiver, { format: 'cloudevents' })]);
  say('m1');
  await eventually(() => expect(receiver.taken()).toEqual(['m1']));
  const { headers, body } = receiver.received[0]!;
  expect(headers['content-type']).toBe('application/cloudevents+json; charset=utf-8');
  const event = JSON.parse(body) as Record<string, unknown>;
  expect(event).toEqual({
    specversion: '1.0',
    id: `${bus.log.logId}-1`,
    source: `/tidewatch/${bus.log.logId}`,
    type: 'tidewatch.container_update',
    subject: 'shop',
    time: '2026-01-01T00:00:00.000Z',
    sequence: '1',
    recovered: false,
    datacontenttype: 'application/json',
    data: expect.objectContaining({ message: 'm1', newState: 'running' }),
  });
  // CloudEvents 1.0 §3.1: names of attributes.
  for (const name of Object.keys(event)) expect(name).toMatch(/^[a-z0-9]{1,20}$/);
});
