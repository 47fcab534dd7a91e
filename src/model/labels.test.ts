import { expect, test } from 'vitest';
import { createLabels, NO_LABELS } from './labels.ts';

test('labels inherit nothing, and take every key as their own', () => {
  const labels = createLabels();
  expect(labels.constructor).toBeUndefined();
  expect(labels.toString).toBeUndefined();
  expect('hasOwnProperty' in labels).toBe(false);

  for (const key of ['__proto__', 'constructor', 'toString']) labels[key] = 'text';

  expect(Object.keys(labels)).toEqual(['__proto__', 'constructor', 'toString']);
  expect(labels.constructor).toBe('text');
  expect(Object.entries(createLabels())).toEqual([]);
  expect(JSON.stringify({ ...labels })).toBe('{"__proto__":"text","constructor":"text","toString":"text"}');
});

test('nobody can give labels to all that have none', () => {
  expect(() => Object.assign(NO_LABELS, { a: 'b' })).toThrow(TypeError);
  expect(() => Object.assign(Object.getPrototypeOf(NO_LABELS), { a: 'b' })).toThrow(TypeError);
});
