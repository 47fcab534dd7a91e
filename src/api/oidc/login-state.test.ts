import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FakeClock } from '../../runtime/fake-clock.ts';
import { createLoginStates } from './login-state.ts';

const KEY = 'the admin token';

function begun(states = createLoginStates(KEY, new FakeClock())) {
  const { login, cookie } = states.begin(false);
  return { states, login, cookie: cookie.split(';', 1)[0] ?? '' };
}

describe('what binds an answer to a log-in', () => {
  test('is taken once, with the cookie among others', () => {
    const { states, login, cookie } = begun();
    expect(states.take(`a=b; ${cookie}; c=d`, login.state)).toEqual(login);
    expect(states.take(cookie, login.state)).toBeUndefined();
  });

  test('is not taken with any character of the cookie or the state changed', () => {
    const { states, login, cookie } = begun();
    const changed = (text: string, index: number) =>
      text.slice(0, index) + (text[index] === 'x' ? 'y' : 'x') + text.slice(index + 1);
    for (let index = 'tidewatch_oidc='.length; index < cookie.length; index += 1) {
      expect(states.take(changed(cookie, index), login.state)).toBeUndefined();
    }
    for (let index = 0; index < login.state.length; index += 1) {
      expect(states.take(cookie, changed(login.state, index))).toBeUndefined();
    }
    expect(states.take(cookie, login.state)).toEqual(login);
  });

  test('is not taken of any text, nor by a server with another key', () => {
    const { states, login, cookie } = begun();
    fc.assert(
      fc.property(fc.string(), fc.string(), (cookies, state) => {
        expect(states.take(cookies, login.state)).toBeUndefined();
        expect(states.take(`tidewatch_oidc=${cookies}`, state)).toBeUndefined();
        expect(states.take(cookie, state)).toBeUndefined();
      }),
    );
    expect(createLoginStates('another', new FakeClock()).take(cookie, login.state)).toBeUndefined();
  });

  test('differs in all three for each log-in, and is a verifier as PKCE wants it', () => {
    const texts = Array.from({ length: 50 }, () => begun().login).flatMap((login) => Object.values(login));
    expect(new Set(texts).size).toBe(150);
    for (const text of texts) expect(text).toMatch(/^[\w-]{43}$/);
  });

  test('remembers a bounded number of those used, the newest', () => {
    const states = createLoginStates(KEY, new FakeClock());
    const first = begun(states);
    states.take(first.cookie, first.login.state);
    let last = first;
    for (let count = 0; count < 10_000; count += 1) {
      last = begun(states);
      states.take(last.cookie, last.login.state);
    }
    expect(states.take(last.cookie, last.login.state)).toBeUndefined();
    expect(states.take(first.cookie, first.login.state)).toEqual(first.login);
  });

  test('is sent back by TLS alone where the log-in goes by TLS', () => {
    const states = createLoginStates(KEY, new FakeClock());
    expect([states.begin(true).cookie, states.endCookie(true)].every((cookie) => cookie.includes('; Secure'))).toBe(
      true,
    );
    expect([states.begin(false).cookie, states.endCookie(false)].some((cookie) => cookie.includes('Secure'))).toBe(
      false,
    );
  });
});
