/** One block of a stream of server-sent events; fields that were not sent are missing. */
export interface ServerSentEvent {
  readonly id?: string;
  readonly name?: string;
  readonly data?: string;
}

/** No event of Tidewatch comes near: a server that sends more without an end of line is not one. */
const LINE_MAX = 16 * 1024 * 1024;

/** Reads blocks out of text that may be cut anywhere, as the HTML standard has it. Throws on a line without an end. */
export function createEventParser(): (text: string) => ServerSentEvent[] {
  let rest = '';
  let block: { id?: string; name?: string; data?: string } = {};

  function takeLine(line: string): ServerSentEvent | undefined {
    if (line === '') {
      const done = block;
      block = {};
      return Object.keys(done).length > 0 ? done : undefined;
    }
    const colon = line.indexOf(':');
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (field === 'id') block.id = value;
    else if (field === 'event') block.name = value;
    else if (field === 'data') block.data = block.data === undefined ? value : `${block.data}\n${value}`;
    return undefined;
  }

  return (text) => {
    rest += text;
    // A CR at the very end may be half of a CRLF.
    const lines = rest.split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop() ?? '';
    if (rest.length > LINE_MAX) throw new Error('the event stream has a line without an end');
    return lines.map(takeLine).filter((event) => event !== undefined);
  };
}
