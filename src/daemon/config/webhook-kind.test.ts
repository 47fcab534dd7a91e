import { expect, test } from 'vitest';
import { EVENT_TYPES } from '../../model/events.ts';
import { webhookList } from './webhook-kind.ts';

const CONTEXT = { baseDir: '/etc/tidewatch', home: '/home/ana' };
const SECRET = 'sixteen-letters!';
const parse = (raw: unknown) => webhookList.parse(raw, CONTEXT);

test('a webhook needs an address and a secret; all else has a default', () => {
  expect(parse({ ci: { url: 'https://example.com/hook', secret: SECRET } })).toEqual({
    value: [
      {
        name: 'ci',
        url: 'https://example.com/hook',
        types: EVENT_TYPES.filter((type) => !/^sync_|metrics_update/.test(type)),
        workspaces: [],
        labels: [],
        secret: SECRET,
        secretFile: null,
        format: 'json',
      },
    ],
  });
});

test('all can be set, in a variable as JSON; the file of the secret is beside the configuration', () => {
  const ci = {
    ...{ url: 'http://127.0.0.1:1/', events: ['error', 'recovery'], workspaces: 'a,b-*', labels: ['team=web'] },
    ...{ secretFile: 'ci.secret', format: 'cloudevents' },
  };
  expect(parse(JSON.stringify({ ci }))).toMatchObject({
    value: [{ types: ['error', 'recovery'], workspaces: ['a', 'b-*'], secretFile: '/etc/tidewatch/ci.secret' }],
  });
  expect(parse({ ci: { ...ci, events: '*' } })).toMatchObject({ value: [{ types: EVENT_TYPES }] });
});

const good = { url: 'https://example.com/', secret: SECRET };
test.each<[string, unknown, string]>([
  ['no section', [good], 'expected a section of webhooks by name; got a list'],
  ['no JSON', '{', 'expected a section of webhooks by name'],
  ['no name', { 'a b': good }, 'a name has letters'],
  ['no fields', { ci: 'https://example.com/' }, 'expected a section with url'],
  ['a field that there is not', { ci: { ...good, event: [] } }, 'did you mean events?'],
  ['no address', { ci: { secret: SECRET } }, 'url is missing'],
  ['an address of another kind', { ci: { ...good, url: 'file:///etc/passwd' } }, 'url: expected an address with http'],
  [
    'a password in the address',
    { ci: { ...good, url: 'https://a:b@example.com/' } },
    'url: expected an address with http',
  ],
  ['no secret', { ci: { url: good.url } }, 'either secret or secretFile'],
  ['two secrets', { ci: { ...good, secretFile: 'x' } }, 'either secret or secretFile'],
  ['a short secret', { ci: { ...good, secret: 'hunter2' } }, 'secret: expected a text of at least 16 characters'],
  [
    'a secret that is no base64',
    { ci: { ...good, secret: `whsec_${'!'.repeat(30)}` } },
    'secret: expected base64 after whsec_',
  ],
  ['an event that there is not', { ci: { ...good, events: ['eror'] } }, 'did you mean error?'],
  ['a format that there is not', { ci: { ...good, format: 'xml' } }, 'format: expected one of: json, cloudevents'],
  ['too many', Object.fromEntries(Array.from({ length: 51 }, (_, n) => [`w${n}`, good])), 'at most 50'],
])('%s is refused', (_, raw, problem) => {
  const checked = parse(raw);
  expect('wrong' in checked && checked.wrong).toContain(problem);
});

test('what is wrong is said without the secret or the address', () => {
  for (const ci of [
    { ...good, secret: 'hunter2' },
    { ...good, secret: ['hunter2'] },
    { secret: SECRET, url: 'ftp://x/hunter2' },
  ]) {
    expect(JSON.stringify(parse({ ci }))).not.toContain('hunter2');
  }
});
