import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeLogs } from './otlp-decoder.contract.ts';
import { anyValueOf, nanos } from './otlp-values.ts';

test('any JSON but null comes back as it was', () => {
  const value = fc.letrec((tie) => ({
    any: fc.oneof(fc.string(), fc.boolean(), fc.maxSafeInteger(), tie('list'), tie('map')),
    list: fc.array(tie('any'), { maxLength: 3 }),
    map: fc.dictionary(fc.string(), tie('any'), { maxKeys: 3, noNullPrototype: true }),
  })).any;
  fc.assert(
    fc.property(value, (own) => {
      const times = { timeUnixNano: nanos(1.8e12), observedTimeUnixNano: nanos(1.8e12) };
      const record = { ...times, severityNumber: 9, severityText: 'INFO', body: anyValueOf(own), attributes: [] };
      const scopeLogs = [{ scope: {}, logRecords: [record] }];
      const request = { resourceLogs: [{ resource: { attributes: [] }, scopeLogs }] };
      // Fields called __proto__ are the test's own trouble.
      fc.pre(!JSON.stringify(own).includes('__proto__'));
      expect(decodeLogs(JSON.parse(JSON.stringify(request)))[0]?.body).toEqual(own);
    }),
  );
});

test('null and what no JSON number is', () => {
  expect([anyValueOf(null), anyValueOf(undefined)]).toEqual([null, null]);
  expect(anyValueOf({ a: null, b: Number.NaN, c: 1.5, d: [null, 1] })).toEqual({
    kvlistValue: {
      values: [
        { key: 'b', value: { stringValue: 'NaN' } },
        { key: 'c', value: { doubleValue: 1.5 } },
        { key: 'd', value: { arrayValue: { values: [{ intValue: '1' }] } } },
      ],
    },
  });
});

test('the receiver of the tests refuses what the schema does not have', () => {
  expect(() => decodeLogs({ resourceLogs: [{ resources: {} }] })).toThrow('the schema');
  expect(() => decodeLogs({ resourceLogs: [{ scopeLogs: [{ logRecords: [{ severityNumber: '9' }] }] }] })).toThrow();
});
