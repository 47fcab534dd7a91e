import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Freshness, WorkspaceMetrics, WorkspaceState } from '../model/workspace.ts';
import { FakeClock } from '../runtime/fake-clock.ts';
import { AUTHORIZED, makeToken, stubApi } from './stub-api.contract.ts';
import { workspaceState } from './stub-tracker.contract.ts';
import { workspaceJson } from './workspace-json.ts';
import { WorkspaceTexts } from './workspace-texts.ts';

const IDS = ['a', 'b', 'c', 'd'];

/** Any text, of which JSON and UTF-8 make more than it is. */
const anyText = fc.oneof(
  fc.constantFrom('ann', 'bob', 'Zoë', '张', '"', '\\', '\u2028', '😀'),
  fc.string({ maxLength: 5 }),
);

const anyMetrics: fc.Arbitrary<WorkspaceMetrics | null> = fc.option(
  fc.record({
    ...{ cpuPercent: fc.option(fc.double({ noNaN: true, min: 0, max: 1e4 })), memoryUsage: fc.option(fc.nat()) },
    ...{ memoryLimit: fc.option(fc.nat()), networkRxMB: fc.option(fc.double({ noNaN: true, min: 0, max: 1e9 })) },
    ...{ networkTxMB: fc.constant(null), diskReadMB: fc.constant(null), diskWriteMB: fc.constant(0) },
    ...{ networkRxRate: fc.constant(1), networkTxRate: fc.constant(2), diskReadRate: fc.constant(3) },
    ...{
      diskWriteRate: fc.constant(4),
      pids: fc.option(fc.nat()),
      uptime: fc.double({ noNaN: true, min: 0, max: 1e9 }),
    },
    ...{ lastActivity: fc.constant(null), errorCount: fc.nat(), lastErrorTime: fc.constant(null) },
    sampledAt: fc.constant('2026-01-01T00:00:00.000Z'),
  }),
);

const anyFreshness: fc.Arbitrary<Freshness> = fc.record({
  state: fc.constantFrom('live', 'stale', 'unknown'),
  confirmedAt: fc.option(fc.constantFrom('2026-01-01T00:00:00.000Z', '2026-01-01T00:00:13.000Z')),
  by: fc.constantFrom('list', 'ping', null),
});

const anyFields: fc.Arbitrary<Partial<WorkspaceState>> = fc.oneof(
  fc.record({ metrics: anyMetrics }),
  fc.record({ freshness: anyFreshness }),
  fc.record({ name: anyText }),
  fc.record({ owner: fc.option(fc.constantFrom('ann', 'bob')) }),
  fc.record({ labels: fc.dictionary(anyText, anyText, { maxKeys: 2 }) }),
  fc.record({ status: fc.constantFrom('active', 'inactive') }),
  fc.record({ lastError: fc.option(anyText) }),
  fc.record({ containers: fc.constant([]) }),
);

const anyOp = fc.oneof(
  fc.record({ what: fc.constant('put' as const), id: fc.constantFrom(...IDS), fields: anyFields }),
  fc.record({ what: fc.constant('forget' as const), id: fc.constantFrom(...IDS) }),
  fc.record({ what: fc.constant('freshness' as const), freshness: anyFreshness }),
);

test('is what a fresh serialisation gives, whatever changed since the last time', () => {
  const texts = new WorkspaceTexts();
  fc.assert(
    fc.property(fc.array(anyFields, { maxLength: 10 }), (changes) => {
      let state = workspaceState('a');
      for (const change of changes) {
        state = { ...state, ...change };
        const bytes = Buffer.alloc(texts.bytes(state));
        expect(texts.write(state, bytes, 0)).toBe(bytes.length);
        expect(texts.answer(state).body).toBe(bytes.toString());
        expect(JSON.parse(bytes.toString())).toEqual(JSON.parse(JSON.stringify(workspaceJson(state))));
        expect(texts.version(state)).toBe(texts.version(state));
        expect(texts.version({ ...state })).not.toBe(texts.version(state));
      }
    }),
  );
});

const QUERIES = ['', '?limit=2', '?sort=-name', '?status=active', '?q=a', '?owner=ann'];

/** Two servers over the same states: one that is asked again and again, and one that is asked for the first time. */
async function differences(ops: readonly (typeof anyOp extends fc.Arbitrary<infer T> ? T : never)[]): Promise<void> {
  const clock = new FakeClock();
  const stub = await stubApi({ clock });
  const { headers } = await makeToken(stub, { role: 'viewer', owners: ['ann'] });
  const tags = new Map<string, { readonly tag: string; readonly body: string }>();
  for (const id of IDS) stub.tracker.put(id, { owner: id < 'c' ? 'ann' : 'bob' });
  for (const op of ops) {
    if (op.what === 'put') stub.tracker.put(op.id, op.fields);
    if (op.what === 'forget' && stub.tracker.states.has(op.id)) stub.tracker.forget(op.id);
    if (op.what === 'freshness')
      for (const id of stub.tracker.states.keys()) stub.tracker.put(id, { freshness: op.freshness });
    const fresh = await stubApi({ clock, tracker: stub.tracker });
    const { headers: alike } = await makeToken(fresh, { role: 'viewer', owners: ['ann'] });
    for (const [who, mine, theirs] of [
      ['admin', AUTHORIZED, AUTHORIZED],
      ['limited', headers, alike],
    ] as const) {
      for (const url of [...QUERIES.map((query) => `/api/v1/workspaces${query}`), '/api/v1/workspaces/a']) {
        const key = `${who} ${url}`;
        const known = tags.get(key);
        const truth = await fresh.api.app.inject({ url, headers: theirs });
        const asked = { ...mine, ...(known && { 'if-none-match': known.tag }) };
        const answer = await stub.api.app.inject({ url, headers: asked });
        if (truth.statusCode !== 200) {
          expect(answer.statusCode).toBe(truth.statusCode);
          continue;
        }
        // The same text has the same tag on any server; another text another one.
        expect(answer.headers.etag).toBe(truth.headers.etag);
        const isSame = known?.body === truth.body;
        expect([answer.statusCode, answer.body]).toEqual(isSame ? [304, ''] : [200, truth.body]);
        tags.set(key, { tag: String(truth.headers.etag), body: truth.body });
      }
    }
    await fresh.close();
  }
  await stub.close();
}

test('no answer, and no 304, is of what was before', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(anyOp, { minLength: 1, maxLength: 6 }), (ops) => differences(ops)),
    { numRuns: 12 },
  );
  // A busy machine takes long; that says nothing about the server.
}, 120_000);
