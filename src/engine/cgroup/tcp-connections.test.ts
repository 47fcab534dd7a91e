import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { endianness, tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createConnectionSource, decodeTcpTables } from './tcp-connections.ts';

const TITLE = '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n';
const REST = '00000000:00000000 00:00000000 00000000     0        0 4321 1 0000000000000000 100 0 0 10 0\n';

const row = (local: string, remote: string, state: string) => `   0: ${local} ${remote} ${state} ${REST}`;

/** 172.17.0.2, port 8080; 172.17.0.1; 192.168.1.9 in the table of IPv6. */
const WEB = '020011AC:1F90';
const GATEWAY = '010011AC';
const MAPPED = '0000000000000000FFFF0000';

const LISTENING = row('00000000:1F90', '00000000:0000', '0A');

describe.skipIf(endianness() === 'BE')('the kernel’s table of connections', () => {
  it('tells who came from who was gone to', () => {
    const table = `${TITLE}${LISTENING}${row(WEB, `${GATEWAY}:9C40`, '01')}${row('020011AC:A1B2', '030011AC:1538', '01')}`;
    expect(decodeTcpTables(table)).toEqual({
      inbound: [{ local: WEB, remote: `${GATEWAY}:9C40` }],
      outbound: ['020011AC:A1B2'],
    });
  });

  it('counts what is established only, and nothing that comes from the loopback', () => {
    const waiting = row(WEB, `${GATEWAY}:9C40`, '06');
    const own = ['0100007F:9C40', `${MAPPED}0100007F:9C40`, '00000000000000000000000001000000:9C40'];
    const table = `${LISTENING}${waiting}${own.map((remote) => row(WEB, remote, '01')).join('')}`;
    expect(decodeTcpTables(table)).toEqual({ inbound: [], outbound: [] });
    // 192.168.1.127
    expect(decodeTcpTables(LISTENING + row(WEB, '7F01A8C0:9C40', '01')).inbound).toHaveLength(1);
  });

  it('writes an IPv4 address in the table of IPv6 as in its own, so that two ends can be compared', () => {
    const listening = row(`${'0'.repeat(32)}:1F90`, `${'0'.repeat(32)}:0000`, '0A');
    const table = `${listening}${row(`${MAPPED}${WEB}`, `${MAPPED}${GATEWAY}:9C40`, '01')}`;
    expect(decodeTcpTables(table).inbound).toEqual([{ local: WEB, remote: `${GATEWAY}:9C40` }]);
  });

  it('leaves out what is no row, and never throws', () => {
    fc.assert(
      fc.property(fc.string(), (junk) => {
        expect(decodeTcpTables(`${junk}\n${LISTENING}`).inbound).toEqual([]);
      }),
    );
  });
});

describe('a container’s network', () => {
  const ID = 'c'.repeat(64);

  function procWith(files: Readonly<Record<string, string>>) {
    const root = mkdtempSync(join(tmpdir(), 'tidewatch-proc-'));
    onTestFinished(() => rmSync(root, { recursive: true }));
    mkdirSync(join(root, '7', 'net'), { recursive: true });
    for (const [name, text] of Object.entries(files)) writeFileSync(join(root, '7', name), text);
    return createConnectionSource(root);
  }

  const whole = {
    cgroup: `0::/system.slice/docker-${ID}.scope\n`,
    'net/sockstat': 'sockets: used 9\nTCP: inuse 3 orphan 0 tw 7 alloc 3 mem 1\nUDP: inuse 1 mem 0\n',
    'net/sockstat6': 'TCP6: inuse 2\nUDP6: inuse 0\n',
    'net/tcp': `${TITLE}${LISTENING}${row(WEB, `${GATEWAY}:9C40`, '01')}`,
    'net/tcp6': TITLE,
  };

  it('tells sockets in use over both families, and its connections', () => {
    const source = procWith(whole);
    expect(source.count(7)).toBe(5);
    expect(source.read(ID, 7)?.inbound).toHaveLength(1);
  });

  it('without IPv6 is told all the same', () => {
    const { 'net/sockstat6': _totals, 'net/tcp6': _table, ...v4 } = whole;
    const source = procWith(v4);
    expect([source.count(7), source.read(ID, 7)?.inbound.length]).toEqual([3, 1]);
  });

  it('is not told by a process that is another’s by now, that is gone, or whose number is not known', () => {
    const source = procWith(whole);
    expect(source.read('d'.repeat(64), 7)).toBeNull();
    expect([source.read(ID, 8), source.count(8), source.read(ID, 0), source.count(0)]).toEqual([
      null,
      null,
      null,
      null,
    ]);
  });

  it('with thousands of connections is not somebody’s', () => {
    const many = row(WEB, `${GATEWAY}:9C40`, '01').repeat(3_000);
    expect(procWith({ ...whole, 'net/tcp': LISTENING + many }).read(ID, 7)).toBeNull();
  });
});
