import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createEventParser } from './server-sent-events.ts';

describe('server-sent events', () => {
  test.each([
    ['data: a\n\n', [{ data: 'a' }]],
    ['id: 1\nevent: gap\ndata: {"a":1}\n\n', [{ id: '1', name: 'gap', data: '{"a":1}' }]],
    ['data: a\ndata: b\n\n', [{ data: 'a\nb' }]],
    ['data:a\r\n\r\ndata:  b\r\n\r\n', [{ data: 'a' }, { data: ' b' }]],
    ['data: a\r\rdata: b\r\r\n', [{ data: 'a' }, { data: 'b' }]],
    [': comment\n\n', []],
    ['retry: 5\nid: 7\n\n', [{ id: '7' }]],
    ['data\n\n', [{ data: '' }]],
    ['data: not finished\n', []],
    ['\n\n\n', []],
  ])('%j', (text, events) => {
    expect(createEventParser()(text)).toEqual(events);
  });

  test('are the same wherever the text is cut', () => {
    const value = fc.stringMatching(/^[^\r\n\0]*$/);
    const event = fc.record({ id: fc.nat().map(String), data: value.map((text) => `x${text}`) });
    fc.assert(
      fc.property(fc.array(event), fc.constantFrom('\n', '\r\n'), fc.array(fc.nat(40)), (events, end, cuts) => {
        const text = events.map(({ id, data }) => `id: ${id}${end}: c${end}data: ${data}${end}${end}`).join('');
        const parse = createEventParser();
        const seen = [];
        let at = 0;
        for (const cut of [...cuts, text.length]) {
          seen.push(...parse(text.slice(at, at + cut)));
          at += cut;
        }
        expect(seen).toEqual(events);
      }),
    );
  });

  test('a line without an end is refused before it fills the memory', () => {
    const parse = createEventParser();
    const piece = 'x'.repeat(1024 * 1024);
    expect(() => {
      for (let count = 0; count < 20; count += 1) parse(piece);
    }).toThrow('without an end');
  });
});
