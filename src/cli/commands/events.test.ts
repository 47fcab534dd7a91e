import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventDraft } from '../../api/stub-api.contract.ts';
import { cli, type StubDaemon, startCli, stubDaemon } from '../run-cli.contract.ts';

let daemon: StubDaemon;
beforeAll(async () => {
  daemon = await stubDaemon();
  daemon.tracker.put('shop');
  for (let n = 1; n <= 120; n += 1) {
    const age = (120 - n) * 60_000;
    const timestamp = new Date(Date.now() - age).toISOString();
    daemon.bus.emit({ ...eventDraft(n % 10 === 0 ? 'shop' : 'wiki', `number ${n}`), timestamp });
  }
});
afterAll(() => daemon.close());

async function seqs(...args: string[]): Promise<number[]> {
  const { code, out } = await cli(['events', '--json', ...args], daemon);
  expect(code).toBe(0);
  return out
    .trimEnd()
    .split('\n')
    .filter(Boolean)
    .map((line) => (JSON.parse(line) as { seq: number }).seq);
}

describe('events', () => {
  it('prints the newest 50, oldest first', async () => {
    const found = await seqs();
    expect([found.length, found[0], found.at(-1)]).toEqual([50, 71, 120]);
  });

  it('prints the newest of a workspace, however far back they are', async () => {
    expect(await seqs('shop', '--limit', '8')).toEqual([50, 60, 70, 80, 90, 100, 110, 120]);
  });

  it('prints everything after a number, and no more than asked', async () => {
    expect(await seqs('--after', '117')).toEqual([118, 119, 120]);
    expect(await seqs('--after', '10', '--limit', '2')).toEqual([11, 12]);
  });

  it('prints what happened since then', async () => {
    const found = await seqs('--since', '10m30s');
    expect([found[0], found.at(-1)]).toEqual([110, 120]);
  });

  it('prints lines for people', async () => {
    const { out } = await cli(['events', 'shop', '--limit', '1'], daemon);
    expect(out).toMatch(/^\S+Z +120 {2}recovery +shop {2}number 120\n$/);
  });

  it('finds the events of a forgotten workspace by its id', async () => {
    expect(await seqs('wiki', '--limit', '1')).toEqual([119]);
    expect((await cli(['events', 'nobody'], daemon)).code).toBe(3);
  });

  it('says where the log ends when the cursor is beyond', async () => {
    const { code, out, err } = await cli(['events', '--after', '500'], daemon);
    expect({ code, out }).toEqual({ code: 0, out: '' });
    expect(err).toContain('the log ends at 120');
  });

  it('does not call events deleted that are still to come when it follows from beyond the end', async () => {
    const running = startCli(['events', '--follow', '--json', '--after', '500'], daemon);
    await expect.poll(running.err, { timeout: 20_000 }).toContain('the log ends at 120');
    running.stop();
    expect((await running.ended).err).not.toContain('no longer kept');
  });

  it.each([
    [['--types', 'status_chnged'], 'status_changed'],
    [['--limit', 'x'], '--limit x'],
    [['--limit', '0'], '--limit 0'],
    [['--since', 'yesterday'], '--since yesterday'],
    [['--after', '1', '--since', '1h'], 'exclude each other'],
  ])('refuses %j', async (args, said) => {
    const { code, err } = await cli(['events', ...args], daemon);
    expect(code).toBe(2);
    expect(err).toContain(said);
  });

  it('follows until it is interrupted, without hole or repetition', async () => {
    const running = startCli(['events', '--follow', '--json', '--after', '119'], daemon);
    await expect.poll(running.out, { timeout: 20_000 }).toContain('"seq":120');
    daemon.bus.emit(eventDraft('shop', 'and on'));
    await expect.poll(running.out, { timeout: 20_000 }).toContain('and on');
    running.stop();
    const { code, out, err } = await running.ended;
    expect({ code, lines: out.trimEnd().split('\n').length, err }).toEqual({ code: 0, lines: 2, err: '' });
  });
});
