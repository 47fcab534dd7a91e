import { describe, expect, it } from 'vitest';
import type { StreamOptions, TidewatchClient } from '../src/client/client.ts';
import { TidewatchError } from '../src/model/errors.ts';
import type { TidewatchEvent } from '../src/model/events.ts';
import { runLive } from './live.ts';
import { type Action, FIRST_STATE, type PageState, reduce } from './state.ts';
import type { Workspace } from './workspace.ts';

const wait = { timeout: 20_000 };

/** A daemon that is a plain map; only what the page needs. */
class StubClient {
  readonly states = new Map<string, Workspace>();
  readonly asked: string[] = [];
  readonly streams: string[] = [];
  broken: TidewatchError | null = null;
  #seq = 0;
  #events: TidewatchEvent[] = [];
  #wake: () => void = () => {};

  put(id: string, phase: Workspace['phase']): void {
    this.states.set(id, { id, name: id, phase } as Workspace);
  }

  tell(workspaceId: string): void {
    this.#seq += 1;
    this.#events.push({ seq: this.#seq, id: `${this.#seq}`, type: 'container_update', workspaceId } as TidewatchEvent);
    this.#wake();
  }

  get client(): TidewatchClient {
    const guard = (what: string) => {
      this.asked.push(what);
      if (this.broken !== null) throw this.broken;
    };
    const stub = this;
    return {
      workspaces: {
        async *all() {
          guard('all');
          yield* stub.states.values();
        },
        async get(id: string) {
          guard(id);
          const found = stub.states.get(id);
          if (found === undefined) throw new TidewatchError('workspace_not_found', id);
          return found;
        },
      },
      async me() {
        guard('me');
        return { name: 'ann', role: 'viewer', limit: null, expiresAt: null };
      },
      async summary() {
        return { host: { cores: 2 } };
      },
      async stats() {
        guard('stats');
        return { tracker: { engine: { state: 'connected' } }, store: { firstSeq: 1, lastSeq: stub.#seq } };
      },
      async events({ after = 0 }: { after?: number }) {
        return { items: stub.#events.filter(({ seq }) => seq > after), nextAfter: stub.#seq, gap: null };
      },
      async *stream({ after = 0, onConnect, onMetrics, signal }: StreamOptions & { signal: AbortSignal }) {
        onConnect?.();
        stub.streams.push(onMetrics === undefined ? 'events' : 'events and figures');
        onMetrics?.({ at: '', samples: [{ workspaceId: 'a', metrics: {} as never }], isComplete: true });
        for (let cursor = after; !signal.aborted; ) {
          const next = stub.#events.find(({ seq }) => seq > cursor);
          if (next) {
            cursor = next.seq;
            yield next;
          } else {
            await new Promise<void>((resolve) => {
              stub.#wake = resolve;
              signal.addEventListener('abort', () => resolve());
            });
          }
        }
      },
    } as never;
  }
}

function start(stub: StubClient, options: { hidden?: boolean } = {}) {
  let turn = () => {};
  let state: PageState = FIRST_STATE;
  const ended = new AbortController();
  const dispatch = (action: Action) => {
    state = reduce(state, action);
  };
  const sleep = (ms: number, signal: AbortSignal) =>
    new Promise<void>((resolve) => {
      setTimeout(resolve, Math.min(ms, 50));
      signal.addEventListener('abort', () => resolve());
    });
  const isHidden = () => options.hidden ?? true;
  const onTurn = (callback: () => void) => {
    turn = callback;
    return () => {};
  };
  const hide = (hidden: boolean) => {
    options.hidden = hidden;
    turn();
  };
  const run = runLive({ client: stub.client, dispatch, now: () => 7, sleep, isHidden, onTurn }, ended.signal);
  return { run, stop: () => ended.abort(), hide, state: () => state };
}

describe('the page', () => {
  it('reads everything at first, then only what events are about', async () => {
    const stub = new StubClient();
    stub.put('a', 'running');
    stub.put('b', 'running');
    const page = start(stub);
    await expect.poll(() => page.state().link.state, wait).toBe('live');
    await expect.poll(() => page.state().workspaces?.size, wait).toBe(2);
    await expect.poll(() => stub.asked.filter((what) => what === 'all').length, wait).toBe(2);
    stub.put('a', 'crashed');
    stub.tell('a');
    await expect.poll(() => page.state().workspaces?.get('a')?.phase, wait).toBe('crashed');
    stub.states.delete('b');
    stub.tell('b');
    await expect.poll(() => page.state().workspaces?.has('b'), wait).toBe(false);
    expect(stub.asked.filter((what) => what === 'all')).toHaveLength(2);
    expect(page.state().me).toMatchObject({ name: 'ann', role: 'viewer' });
    expect(page.state().events.map(({ seq }) => seq)).toEqual([2, 1]);
    page.stop();
    await page.run;
  });

  it('reads the list once when many workspaces changed', async () => {
    const stub = new StubClient();
    const ids = Array.from({ length: 200 }, (_, index) => `w${index}`);
    for (const id of ids) stub.put(id, 'running');
    const page = start(stub);
    await expect.poll(() => page.state().workspaces?.size, wait).toBe(200);
    for (const id of ids) stub.put(id, 'crashed');
    for (const id of ids) stub.tell(id);
    const crashed = () =>
      [...(page.state().workspaces?.values() ?? [])].filter(({ phase }) => phase === 'crashed').length;
    await expect.poll(crashed, wait).toBe(200);
    expect(stub.asked.length).toBeLessThan(60);
    page.stop();
    await page.run;
  });

  it('asks for the token when the session is not, or no longer, good', async () => {
    const stub = new StubClient();
    stub.broken = new TidewatchError('unauthorized', 'no');
    const page = start(stub);
    await page.run;
    expect(page.state().session).toBe('locked');
  });

  it('goes on trying while the daemon is away, and is right when it is back', async () => {
    const stub = new StubClient();
    stub.broken = new TidewatchError('daemon_unreachable', 'away');
    const page = start(stub);
    await expect.poll(() => page.state().link, wait).toEqual({ state: 'lost', since: 7 });
    stub.put('a', 'running');
    stub.broken = null;
    await expect.poll(() => page.state().workspaces?.get('a')?.phase, wait).toBe('running');
    await expect.poll(() => page.state().link.state, wait).toBe('live');
    page.stop();
    await page.run;
  });

  it('is kept fresh without events while somebody sees it', async () => {
    const stub = new StubClient();
    stub.put('a', 'starting');
    const page = start(stub, { hidden: false });
    await expect.poll(() => page.state().workspaces?.get('a')?.phase, wait).toBe('starting');
    stub.put('a', 'running');
    await expect.poll(() => page.state().workspaces?.get('a')?.phase, wait).toBe('running');
    page.stop();
    await page.run;
  });

  it('hears of figures while somebody sees it, and misses no event over that', async () => {
    const stub = new StubClient();
    stub.put('a', 'running');
    const page = start(stub, { hidden: true });
    await expect.poll(() => stub.streams, wait).toEqual(['events']);
    expect(page.state().metrics).toBeNull();
    page.hide(false);
    await expect.poll(() => page.state().metrics?.has('a'), wait).toBe(true);
    stub.tell('a');
    await expect.poll(() => page.state().events.length, wait).toBe(1);
    page.hide(true);
    await expect.poll(() => page.state().metrics, wait).toBeNull();
    stub.tell('a');
    await expect.poll(() => page.state().events.map(({ seq }) => seq), wait).toEqual([2, 1]);
    expect(stub.streams).toEqual(['events', 'events and figures', 'events']);
    expect(page.state().link.state).toBe('live');
    page.stop();
    await page.run;
  });
});
