import fc from 'fast-check';
import { expect, test } from 'vitest';
import { subjectFilter, type WebhookReceiver } from './receiver.ts';

const RECEIVER: WebhookReceiver = {
  name: 'ci',
  url: 'https://example.com/',
  types: ['error'],
  workspaces: [],
  labels: [],
  secret: 's'.repeat(16),
  format: 'json',
};

function wants(
  receiver: Partial<WebhookReceiver>,
  workspaceId: string | null,
  labels?: Record<string, string>,
): boolean {
  return subjectFilter({ ...RECEIVER, ...receiver }, () => labels)({ type: 'error', workspaceId });
}

test.each([
  [['shop'], 'shop', true],
  [['shop'], 'shop-1', false],
  [['shop-*'], 'shop-1', true],
  [['*-1'], 'shop-1', true],
  [['*'], 'anything', true],
  [['a', 's*-*1'], 'shop-x-1', true],
  [['s.op'], 'shop', false],
  [['s+op'], 'ssop', false],
  [['shop'], null, false],
])('workspaces %j of %j: %s', (workspaces, id, isWanted) => {
  expect(wants({ workspaces }, id)).toBe(isWanted);
});

test.each([
  [['team'], { team: 'x' }, true],
  [['team=x'], { team: 'x' }, true],
  [['team=x', 'env=y'], { team: 'x' }, false],
  [['team=a=b'], { team: 'a=b' }, true],
  [['toString'], {}, false],
  [['team'], undefined, false],
])('labels %j of %j: %s', (labels, own, isWanted) => {
  expect(wants({ labels }, 'w', own)).toBe(isWanted);
});

test('other types are not wanted, and without filters events of no workspace are', () => {
  expect(subjectFilter(RECEIVER, () => ({}))({ type: 'recovery', workspaceId: 'w' })).toBe(false);
  expect(wants({}, null)).toBe(true);
});

test('a text is its own pattern, and any pattern with * before and after it finds it', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1 }), fc.string(), (name, more) => {
      fc.pre(!name.includes('*'));
      expect(wants({ workspaces: [name] }, name)).toBe(true);
      expect(wants({ workspaces: [`*${name}*`] }, `${more}${name}${more}`)).toBe(true);
    }),
  );
});
