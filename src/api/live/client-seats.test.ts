import { describe, expect, test } from 'vitest';
import { ClientSeats } from './client-seats.ts';

const ann = { id: 'a', name: 'ann' };
const bob = { id: 'b', name: 'bob' };
const refusal = (detail: RegExp) =>
  expect.objectContaining({ code: 'too_many_clients', message: expect.stringMatching(detail) });

describe('seats', () => {
  test('are given until none is left, and again when one is left', () => {
    const seats = new ClientSeats(2);
    const leave = seats.take(ann);
    seats.take(ann);
    expect(() => seats.take(bob)).toThrow(refusal(/as many/));
    leave();
    leave();
    expect(seats.taken).toBe(1);
    seats.take(bob);
    expect(seats.taken).toBe(2);
  });

  test('one holder cannot take the last tenth from all others', () => {
    const seats = new ClientSeats(30);
    const left = Array.from({ length: 27 }, () => seats.take(ann));
    expect(() => seats.take(ann)).toThrow(refusal(/"ann" has 27/));
    for (let count = 0; count < 3; count += 1) seats.take(bob);
    expect(() => seats.take(bob)).toThrow(refusal(/as many/));
    for (const leave of left) leave();
    expect(seats.taken).toBe(3);
  });
});
