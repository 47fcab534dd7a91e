import { expect, test } from 'vitest';
import { anchorsOf, headingsOf, localLinksOf } from './markdown.ts';

test('headings in fenced code are no headings', () => {
  expect(headingsOf('# One\n```sh\n# not one\n```\n## Two ##\n')).toEqual(['One', 'Two']);
});

test('anchors are made as GitHub makes them', () => {
  const text = '# Two daemons, one folder\n## `GET` /x\n## 무엇을 하나요?\n## Same\n## Same\n';
  expect([...anchorsOf(text)]).toEqual(['two-daemons-one-folder', 'get-x', '무엇을-하나요', 'same', 'same-1']);
});

test('links of every kind are found; other sites and code are not', () => {
  const text = [
    '[a](docs/a.md#x) ![b](b.png "title") <img src="c.svg"> [d]: d',
    '[ref]: e.md',
    '[site](https://example.org) `[code](f.md)`',
    '```\n[fenced](g.md)\n```',
  ].join('\n');
  expect(localLinksOf(text)).toEqual(['docs/a.md#x', 'b.png', 'e.md', 'c.svg']);
});
