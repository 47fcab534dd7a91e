import { expect, test } from 'vitest';
import { FakeClock } from '../../runtime/fake-clock.ts';
import { Attempts } from './attempts.ts';

function failTimes(attempts: Attempts, address: string, times: number): void {
  for (let time = 0; time < times; time += 1) attempts.fail(address);
}

test('an address has twenty attempts, then one each six seconds; others are not concerned', async () => {
  const clock = new FakeClock();
  const attempts = new Attempts(clock);
  failTimes(attempts, '10.0.0.1', 19);
  expect(attempts.waitOf('10.0.0.1')).toBe(0);
  attempts.fail('10.0.0.1');
  expect([attempts.waitOf('10.0.0.1'), attempts.waitOf('10.0.0.2')]).toEqual([6_000, 0]);
  await clock.advance(6_000);
  expect(attempts.waitOf('10.0.0.1')).toBe(0);
  attempts.fail('10.0.0.1');
  expect(attempts.waitOf('10.0.0.1')).toBe(6_000);
  await clock.advance(20 * 6_000);
  failTimes(attempts, '10.0.0.1', 19);
  expect(attempts.waitOf('10.0.0.1')).toBe(0);
});

test('addresses of one IPv6 network count together, and IPv4 in IPv6 as what it is', () => {
  const attempts = new Attempts(new FakeClock());
  for (let host = 1; host <= 20; host += 1) attempts.fail(`2001:db8:1:2::${host.toString(16)}`);
  expect(attempts.waitOf('2001:db8:1:2:9:9:9:9')).toBeGreaterThan(0);
  expect(attempts.waitOf('2001:db8:1:3::1')).toBe(0);
  failTimes(attempts, '::ffff:10.0.0.1', 20);
  expect(attempts.waitOf('10.0.0.1')).toBeGreaterThan(0);
  expect(attempts.waitOf('::1')).toBe(0);
});

test('a token that was in use from an address stays so', () => {
  const attempts = new Attempts(new FakeClock());
  attempts.succeed('10.0.0.1', 'ci');
  failTimes(attempts, '10.0.0.1', 100);
  expect([attempts.isInUse('10.0.0.1', 'ci'), attempts.isInUse('10.0.0.1', 'other')]).toEqual([true, false]);
});

test('memory is bounded: the oldest address gives way', () => {
  const attempts = new Attempts(new FakeClock());
  failTimes(attempts, 'first', 100);
  for (let index = 0; index < 10_000; index += 1) attempts.fail(`address ${index}`);
  expect(attempts.waitOf('first')).toBe(0);
});
