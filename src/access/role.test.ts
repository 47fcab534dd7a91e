import { expect, test } from 'vitest';
import { ROLES, reaches } from './role.ts';

test('each role may do what those before it may, and no more', () => {
  const table = ROLES.map((held) => ROLES.map((needed) => reaches(held, needed)));
  expect(table).toEqual([
    [true, false, false],
    [true, true, false],
    [true, true, true],
  ]);
});
