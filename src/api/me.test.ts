import { expect, onTestFinished, test } from 'vitest';
import { FakeClock } from '../runtime/fake-clock.ts';
import { AUTHORIZED, makeToken, stubApi } from './stub-api.contract.ts';

const DAY_MS = 86_400_000;

test('tells every caller the name, role, limit and end of the token, and of a session its own end', async () => {
  const clock = new FakeClock();
  const stub = await stubApi({ clock });
  onTestFinished(() => stub.close());
  const ask = async (headers: Record<string, string>) =>
    (await stub.api.app.inject({ url: '/api/v1/me', headers })).json();
  const inDays = (days: number) => new Date(clock.now() + days * DAY_MS).toISOString();
  const logIn = async (secret: string) => {
    const { host } = AUTHORIZED;
    const request = { method: 'POST', url: '/login', payload: { token: secret }, headers: { host } } as const;
    const cookie = String((await stub.api.app.inject(request)).headers['set-cookie']).split(';', 1)[0] ?? '';
    return { host, cookie };
  };

  expect(await ask(AUTHORIZED)).toEqual({ name: 'admin', role: 'admin', limit: null, expiresAt: null });
  const limited = await makeToken(stub, {
    ...{ name: 'ann’s', role: 'operator', owners: ['ann'], labels: ['team=a'], expiresIn: '90d' },
  });
  const rights = { name: 'ann’s', role: 'operator', limit: { owners: ['ann'], labels: ['team=a'] } };
  expect(await ask(limited.headers)).toEqual({ ...rights, expiresAt: inDays(90) });
  expect(await ask(await logIn(limited.secret))).toEqual({ ...rights, expiresAt: inDays(30) });
  const short = await makeToken(stub, { name: 'short', role: 'viewer', expiresIn: '1d' });
  expect(await ask(await logIn(short.secret))).toMatchObject({ role: 'viewer', limit: null, expiresAt: inDays(1) });
});
