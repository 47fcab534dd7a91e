import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import { endianness } from 'node:os';
import type { Connection, ConnectionSource, Connections } from '../connections.ts';

/** 1,700 sockets: who has more serves many, and other figures show it. */
const TABLE_MOST = 256 * 1024;

/**
 * The kernel gives a table in pieces of a page, each filled with whole rows of 150 bytes: a smaller one is the last. To ask
 * for another would have it go through all sockets again.
 */
const PIECE_LEAST = 2_048;

const TABLES = ['tcp', 'tcp6'];
const TOTALS = ['sockstat', 'sockstat6'];

const ESTABLISHED = '01';
const LISTEN = '0A';

/** `procRoot`: where processes of the host are seen, `/proc` or `/host/proc`. */
export function createConnectionSource(procRoot: string): ConnectionSource {
  const bytes = Buffer.alloc(TABLE_MOST);
  const read = (path: string): string | null => {
    const length = readInto(bytes, `${procRoot}/${path}`);
    return length === null || length >= TABLE_MOST ? null : bytes.toString('latin1', 0, length);
  };
  return {
    count(pid) {
      const [v4, v6] = TOTALS.map((name) => read(`${pid}/net/${name}`));
      if (pid <= 0 || v4 == null) return null;
      // Without IPv6 there is no second file.
      return inUseOf(v4) + inUseOf(v6 ?? '');
    },
    read(containerId, pid) {
      if (pid <= 0 || !(readText(`${procRoot}/${pid}/cgroup`) ?? '').includes(containerId)) return null;
      const [v4, v6] = TABLES.map((name) => read(`${pid}/net/${name}`));
      return v4 == null ? null : decodeTcpTables(v4 + (v6 ?? ''));
    },
  };
}

function inUseOf(totals: string): number {
  return Number(/^TCP6?: inuse (\d{1,9})/m.exec(totals)?.[1] ?? 0);
}

/** Lines of `/proc/net/tcp` and `tcp6`: `0: 0100007F:1F90 00000000:0000 0A …`. */
export function decodeTcpTables(tables: string): Connections {
  const listening = new Set<string>();
  const established: Connection[] = [];
  for (const [, address = '', port = '', other = '', otherPort = '', state] of tables.matchAll(ROW)) {
    if (state === LISTEN) listening.add(port);
    else if (state === ESTABLISHED && !isLoopback(other)) {
      established.push({ local: endOf(address, port), remote: endOf(other, otherPort) });
    }
  }
  const inbound: Connection[] = [];
  const outbound: string[] = [];
  for (const connection of established) {
    if (listening.has(connection.local.slice(-PORT_DIGITS))) inbound.push(connection);
    else outbound.push(connection.local);
  }
  return { inbound, outbound };
}

const ROW = /^ *\d+: ([0-9A-F]{8,32}):([0-9A-F]{4}) ([0-9A-F]{8,32}):([0-9A-F]{4}) ([0-9A-F]{2}) /gm;
const PORT_DIGITS = 4;

/** An IPv4 address in the table of IPv6. */
const MAPPED = '0000000000000000FFFF0000';
const LOOPBACK_6 = '00000000000000000000000001000000';

function endOf(address: string, port: string): string {
  return `${address.startsWith(MAPPED) ? address.slice(MAPPED.length) : address}:${port}`;
}

/** The kernel writes the four bytes as a number of its own. */
const IS_LAST_FIRST = endianness() === 'LE';

function isLoopback(address: string): boolean {
  if (address === LOOPBACK_6) return true;
  const v4 = address.startsWith(MAPPED) ? address.slice(MAPPED.length) : address;
  return v4.length === 8 && (IS_LAST_FIRST ? v4.endsWith('7F') : v4.startsWith('7F'));
}

function readInto(bytes: Buffer, path: string): number | null {
  try {
    const file = openSync(path, 'r');
    try {
      let length = 0;
      for (let got = PIECE_LEAST; got >= PIECE_LEAST && length < bytes.length; length += got) {
        got = readSync(file, bytes, length, bytes.length - length, null);
      }
      return length;
    } finally {
      closeSync(file);
    }
  } catch {
    return null;
  }
}

function readText(path: string): string | null {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return null;
  }
}
