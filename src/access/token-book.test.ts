import { describe, expect, test } from 'vitest';
import { FakeClock } from '../runtime/fake-clock.ts';
import { EndWatch } from './end-watch.ts';
import { memoryTokenStore } from './memory-token-store.ts';
import { secretHash, TokenBook, USE_STEP_MS } from './token-book.ts';
import type { TokenRecord, TokenStore } from './token-store.ts';

const CI = { name: 'ci', role: 'viewer', limit: null, expiresAt: null, createdBy: 'admin' } as const;

function setUp(store: TokenStore = memoryTokenStore()) {
  const clock = new FakeClock();
  const revoked: string[] = [];
  const puts: TokenRecord[] = [];
  const counting: TokenStore = {
    list: () => store.list(),
    put(token) {
      puts.push(token);
      store.put(token);
    },
  };
  const book = new TokenBook({ store: counting, clock, onRevoked: (id) => revoked.push(id) });
  return { clock, store, book, revoked, puts };
}

describe('a token', () => {
  test('is found by its secret, of which only the hash is kept', () => {
    const { book, store } = setUp();
    const { token, secret } = book.create(CI);
    expect(secret).toMatch(/^tw_[\w-]{43}$/);
    expect(book.find(secretHash(secret))?.id).toBe(token.id);
    expect(JSON.stringify(store.list())).not.toContain(secret.slice(3));
    for (const wrong of ['', 'tw_', secret.slice(1), `${secret}x`, secret.toUpperCase(), token.secretHash]) {
      expect(book.find(secretHash(wrong))).toBeUndefined();
    }
  });

  test('works after a restart', () => {
    const { book, store } = setUp();
    const { secret } = book.create(CI);
    expect(setUp(store).book.find(secretHash(secret))?.name).toBe('ci');
  });

  test('ends at its instant', () => {
    const { book, clock } = setUp();
    const { token, secret } = book.create({ ...CI, expiresAt: clock.now() + 1_000 });
    clock.step(999);
    expect(book.find(secretHash(secret))?.id).toBe(token.id);
    clock.step(1);
    expect([book.find(secretHash(secret)), book.use(token.id)]).toEqual([undefined, undefined]);
    expect(book.list()).toHaveLength(1);
  });

  test('that is revoked ends at once, after a restart too, and its name is free again', () => {
    const { book, store, revoked } = setUp();
    const { token, secret } = book.create(CI);
    book.revoke(token.id);
    expect(revoked).toEqual([token.id]);
    expect([book.find(secretHash(secret)), book.list(), setUp(store).book.find(secretHash(secret))]).toEqual([
      undefined,
      [],
      undefined,
    ]);
    expect(() => book.revoke(token.id)).toThrow(expect.objectContaining({ code: 'token_not_found' }));
    expect(book.create(CI).token.id).not.toBe(token.id);
  });

  test('ends at once also where the store cannot be written', () => {
    const store = memoryTokenStore();
    let isFull = false;
    const failing: TokenStore = {
      list: () => store.list(),
      put(token) {
        if (isFull) throw new Error('disk full');
        store.put(token);
      },
    };
    const { book, revoked } = setUp(failing);
    const { token, secret } = book.create(CI);
    isFull = true;
    expect(book.find(secretHash(secret))?.id).toBe(token.id);
    expect(() => book.revoke(token.id)).toThrow('disk full');
    expect([book.find(secretHash(secret)), revoked]).toEqual([undefined, [token.id]]);
  });

  test('needs a name of its own', () => {
    const { book } = setUp();
    book.create(CI);
    for (const name of ['ci', 'admin']) {
      expect(() => book.create({ ...CI, name })).toThrow(expect.objectContaining({ code: 'token_exists' }));
    }
  });

  test('notes its use coarsely: no write for each request', () => {
    const { book, clock, puts } = setUp();
    const { secret } = book.create(CI);
    puts.length = 0;
    for (let use = 0; use < 100; use += 1) book.find(secretHash(secret));
    expect(puts).toHaveLength(1);
    clock.step(USE_STEP_MS);
    book.find(secretHash(secret));
    expect(puts.map(({ lastUsedAt }) => lastUsedAt)).toEqual([clock.now() - USE_STEP_MS, clock.now()]);
  });
});

describe('who waits for an end', () => {
  test('is called once: at the instant or by key, and not after it stopped waiting', async () => {
    const clock = new FakeClock();
    const ends = new EndWatch(clock);
    const called: string[] = [];
    const wait = (name: string, keys: string[], endsAt: number | null) =>
      ends.wait({ keys, endsAt, callback: () => called.push(name) });
    wait('timed', ['a'], clock.now() + 200_000);
    wait('lasting', ['b', 's'], null);
    wait('both', ['b'], clock.now() + 200_000);
    wait('gone', ['b'], clock.now() + 1)();
    await clock.advance(199_999);
    expect(called).toEqual([]);
    ends.end('b');
    expect(called).toEqual(['lasting', 'both']);
    await clock.advance(1);
    ends.end('a');
    expect(called).toEqual(['lasting', 'both', 'timed']);
    expect(clock.pendingTimers).toBe(0);
  });

  test('is called within a minute when the wall clock is set forward', async () => {
    const clock = new FakeClock();
    const ends = new EndWatch(clock);
    const called: string[] = [];
    ends.wait({ keys: [], endsAt: clock.now() + 86_400_000, callback: () => called.push('ended') });
    clock.step(86_400_000);
    await clock.advance(60_000);
    expect(called).toEqual(['ended']);
  });
});
