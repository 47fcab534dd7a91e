import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { eventDraft } from '../../api/stub-api.contract.ts';
import { type StubDaemon, startCli, stubDaemon } from '../run-cli.contract.ts';

const wait = { timeout: 20_000 };
const daemons: StubDaemon[] = [];
let daemon: StubDaemon;
beforeEach(async () => {
  daemon = await stubDaemon();
  daemons.push(daemon);
  daemon.tracker.put('shop');
  daemon.tracker.put('wiki');
});
afterAll(() => Promise.all(daemons.map((one) => one.close())), 60_000);

function crash(id: string): void {
  const reason = { code: 'exited_with_error', message: 'exit code 3' } as const;
  daemon.tracker.put(id, { status: 'inactive', phase: 'crashed', reason });
  daemon.bus.emit(eventDraft(id));
}

describe('watch without a terminal', () => {
  it('prints all workspaces, then a line for each change', async () => {
    const running = startCli(['watch'], daemon);
    await expect.poll(running.out, wait).toMatch(/ {2}shop {2}running {2}1\/1 {2}running\n.* {2}wiki {2}running/);
    crash('wiki');
    await expect.poll(running.out, wait).toMatch(/ {2}wiki {2}running → crashed {2}1\/1 {2}exit code 3\n/);
    daemon.tracker.states.delete('wiki');
    await expect.poll(running.out, wait).toMatch(/ {2}wiki {2}gone\n/);
    running.stop();
    expect((await running.ended).code).toBe(0);
  });

  it('prints one object a line with --json', async () => {
    const running = startCli(['watch', '--json', '--q', 'shop'], daemon);
    await expect.poll(running.out, wait).toContain('\n');
    crash('shop');
    await expect.poll(() => running.out().trimEnd().split('\n').length, wait).toBe(2);
    running.stop();
    const { out } = await running.ended;
    const phases = out
      .trimEnd()
      .split('\n')
      .map((line) => (JSON.parse(line) as { phase: string }).phase);
    expect(phases).toEqual(['running', 'crashed']);
  });

  it('survives the end of the daemon, and says that states are the last known ones', async () => {
    const running = startCli(['watch'], daemon);
    await expect.poll(running.out, wait).toContain('wiki');
    await daemon.close();
    await expect.poll(running.err, wait).toContain('reconnecting');
    await expect.poll(running.out, wait).toMatch(/ {2}shop {2}unknown since \S+ \(was running\)/);
    running.stop();
    expect((await running.ended).code).toBe(0);
  });
});

describe('watch in a terminal', () => {
  it('draws the table on the alternate screen, and gives the old one back', async () => {
    const running = startCli(['watch'], { ...daemon, tty: { columns: 70, rows: 12 } });
    await expect.poll(running.out, wait).toContain('shop');
    expect(running.out()).toContain('\x1b[?1049h');
    crash('shop');
    await expect.poll(running.out, wait).toContain('1 crashed');
    running.resize();
    running.press('j');
    running.press('q');
    const { code, out } = await running.ended;
    expect(code).toBe(0);
    expect(out.endsWith('\x1b[?1049l')).toBe(true);
  });

  it('ends with Ctrl-C, which a raw terminal gives as a key', async () => {
    const running = startCli(['watch'], { ...daemon, tty: { columns: 70, rows: 12 } });
    await expect.poll(running.out, wait).toContain('wiki');
    running.press('\x03');
    expect((await running.ended).code).toBe(0);
  });
});
