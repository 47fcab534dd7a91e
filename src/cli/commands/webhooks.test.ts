import { afterAll, beforeAll, expect, test } from 'vitest';
import type { DeliveryView, WebhooksPort, WebhookView } from '../../api/ports.ts';
import { makeToken } from '../../api/stub-api.contract.ts';
import { TidewatchError } from '../../model/errors.ts';
import { cli, type StubDaemon, stubDaemon } from '../run-cli.contract.ts';

const HOSTILE = 'no \x1b[31manswer\n\u202e';

const ci: WebhookView = {
  ...{ name: 'ci', origin: 'https://ci.example.com', types: ['status_changed', 'error'], workspaces: [], labels: [] },
  ...{ format: 'json', state: 'retrying', lastSeq: 40, backlog: 2, delivered: 38, failedAttempts: 9, failed: 1 },
  ...{ dropped: 0, lastDeliveredAt: Date.now() - 90_000, retryAt: null, lastError: HOSTILE },
};

function deliveryOf(seq: number, rest: Partial<DeliveryView> = {}): DeliveryView {
  const at = Date.now() - 60_000;
  return {
    ...{ seq, eventId: `e${seq}`, type: 'status_changed', workspaceId: 'shop', state: 'delivered', attempts: 1 },
    ...{ replays: 0, firstAttemptAt: at, lastAttemptAt: at, status: 204, error: null, durationMs: 12.4 },
    ...rest,
  };
}

const unanswered = { status: null, error: HOSTILE, state: 'failed' } as const;

const webhooks: WebhooksPort = {
  list: () => [ci],
  deliveries(name) {
    if (name === 'quiet') return [];
    if (name !== 'ci') throw new TidewatchError('webhook_not_found', `there is no webhook "${name}"`);
    return [deliveryOf(42, { ...unanswered, attempts: 3, replays: 1 }), deliveryOf(41), deliveryOf(40)];
  },
  async replay(_name, seq) {
    if (seq > 42) throw new TidewatchError('event_not_found', `the log does not keep an event ${seq}`);
    return deliveryOf(seq, seq === 42 ? unanswered : {});
  },
};

let daemon: StubDaemon;
beforeAll(async () => {
  daemon = await stubDaemon({ webhooks });
});
afterAll(() => daemon.close());

const run = (...args: string[]) => cli(['webhooks', ...args], daemon);

test('ls tells how each stands, made harmless', async () => {
  const { code, out } = await run('ls');
  expect(code).toBe(0);
  const [head, row, ...rest] = out.split('\n');
  expect(head).toMatch(/^NAME +STATE +WAITING +DELIVERED +FAILED +DROPPED +LAST +LAST ERROR +TO +EVENTS$/);
  expect(row).toMatch(
    /^ci +retrying +2 +38 +1 +0 +1m\S* +no \\x1b\[31manswer\\n\\u\{202e\} +https:\/\/ci\.example\.com +status_changed, error$/,
  );
  expect(rest).toEqual(['']);
  expect(JSON.parse((await run('ls', '--json')).out).items).toMatchObject([{ name: 'ci', backlog: 2 }]);
});

test('deliveries tells what became of events, oldest first, as many as asked', async () => {
  const { code, out } = await run('deliveries', 'ci', '--limit', '2');
  expect(code).toBe(0);
  const [head, first, second, ...rest] = out.split('\n');
  expect(head).toMatch(/^EVENT +STATE +TRIED +LAST +STATUS +ERROR +WORKSPACE +TYPE +MS$/);
  expect(first).toMatch(/^ +41 +delivered +1 +1m\S* +204 +- +shop +status_changed +12$/);
  expect(second).toMatch(/^ +42 +failed +3 +1m\S* +- +no \\x1b\[31manswer/);
  expect(rest).toEqual(['']);
  const { items } = JSON.parse((await run('deliveries', 'ci', '--json')).out);
  expect(items.map(({ seq }: { seq: number }) => seq)).toEqual([40, 41, 42]);
  expect(await run('deliveries', 'quiet')).toMatchObject({ code: 0, out: '', err: expect.stringContaining('nothing') });
});

test('replay tells what came of it, and ends with 1 when it was not taken', async () => {
  expect(await run('replay', 'ci', '40')).toEqual({ code: 0, out: 'ci took event 40: 204 after 12 ms\n', err: '' });
  expect(await run('replay', 'ci', '42')).toMatchObject({
    code: 1,
    out: '',
    err: expect.stringMatching(/^tidewatch: ci did not take event 42: no \\x1b\[31manswer.*\n$/),
  });
  const json = await run('replay', 'ci', '42', '--json');
  expect([json.code, JSON.parse(json.out).seq]).toEqual([1, 42]);
});

test('fits a narrow terminal', async () => {
  for (const columns of [30, 60, 80, 200]) {
    for (const args of [['ls'], ['deliveries', 'ci']]) {
      const { out } = await cli(['webhooks', ...args, '--no-color'], { ...daemon, tty: { columns, rows: 20 } });
      for (const line of out.split('\n')) expect(line.length).toBeLessThanOrEqual(columns);
    }
  }
});

test.each([
  [['replay', 'ci', 'x'], 2, '<seq> x: give a whole number'],
  [['replay', 'ci', '43'], 1, 'does not keep an event 43'],
  [['replay', 'ci'], 2, 'seq'],
  [['deliveries', 'nosuch'], 1, 'there is no webhook "nosuch"'],
  [['deliveries', 'ci', '--limit', '0'], 2, '--limit 0'],
  [['ls', '--host', 'unix:///x'], 2, '--host'],
])('%j ends with %i', async (args, code, said) => {
  expect(await run(...args)).toMatchObject({ code, out: '', err: expect.stringContaining(said) });
});

test('is for operators without limits', async () => {
  const { secret } = await makeToken(daemon, { role: 'viewer' });
  const refused = await cli(['webhooks', 'ls', '--token', secret], { env: { TIDEWATCH_URL: daemon.url } });
  expect(refused).toMatchObject({ code: 5, err: expect.stringContaining('needs the role operator') });
});
