import { expect, test } from 'vitest';
import { memoryLogoutStore } from '../../access/memory-logout-store.ts';
import { FakeClock } from '../../runtime/fake-clock.ts';
import { silentLogger } from '../../runtime/logger.ts';
import { createSessions } from './sessions.ts';

/** One more than are remembered. */
const TOO_MANY = 10_001;

test('log-outs of one token make none of another forgotten', () => {
  const logouts = { ...memoryLogoutStore(), put() {} };
  const sessions = createSessions({ adminToken: 'admin token', logouts, clock: new FakeClock(), logger: silentLogger });
  const admin = sessions.create({ tokenId: 'admin' });
  sessions.revoke(admin);
  let last = '';
  for (let time = 0; time < TOO_MANY; time += 1) {
    last = sessions.create({ tokenId: 'viewer' });
    sessions.revoke(last);
  }
  expect([sessions.read(admin), sessions.read(last)]).toEqual([undefined, undefined]);
});
