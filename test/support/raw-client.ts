import { connect, type Socket } from 'node:net';

/** An answer as it came over the wire. */
export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A client that writes what it likes. */
export interface RawClient {
  readonly socket: Socket;
  /** Writes; what the server does not take any more is dropped. */
  write(bytes: string | Uint8Array): void;
  /** All that came so far. */
  received(): string;
  /** Resolves with all that came when the server ends the connection. */
  readonly ended: Promise<string>;
}

export function rawClient(port: number): RawClient {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  let received = '';
  socket.setEncoding('latin1').on('data', (text: string) => {
    received += text;
  });
  // The server may hang up while we write: then what it said before is the answer.
  socket.on('error', () => {});
  const ended = new Promise<string>((resolve) => {
    socket.once('end', () => resolve(received)).once('close', () => resolve(received));
  });
  return {
    socket,
    write: (bytes) => void (socket.writable && socket.write(bytes)),
    received: () => received,
    ended: ended.finally(() => socket.destroy()),
  };
}

/** Writes and waits until the server ends the connection. */
export async function exchange(port: number, ...pieces: readonly (string | Uint8Array)[]): Promise<RawAnswer[]> {
  const client = rawClient(port);
  for (const piece of pieces) client.write(piece);
  return readAnswers(await client.ended);
}

/** The answers in what a server sent. Throws where it is no HTTP. */
export function readAnswers(text: string): RawAnswer[] {
  const answers: RawAnswer[] = [];
  let rest = text;
  while (rest !== '') {
    const [, status, head = '', after = ''] =
      /^HTTP\/1\.1 (\d{3}) [^\r\n]*\r\n([\s\S]*?)\r\n\r\n([\s\S]*)$/.exec(rest) ?? [];
    if (status === undefined) throw new Error(`no HTTP: ${rest.slice(0, 200)}`);
    const headers = Object.fromEntries(head.split('\r\n').map((line) => headerOf(line)));
    const length = Number(headers['content-length'] ?? after.length);
    if (after.length < length) throw new Error(`the answer ends after ${after.length} of ${length} bytes`);
    answers.push({ status: Number(status), headers, body: after.slice(0, length) });
    rest = after.slice(length);
  }
  return answers;
}

function headerOf(line: string): [string, string] {
  const colon = line.indexOf(':');
  return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
}
