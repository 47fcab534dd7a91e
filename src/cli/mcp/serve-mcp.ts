import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import { TidewatchError } from '../../model/errors.ts';
import { createMcpServer, type FindDaemon } from './mcp-server.ts';

interface McpOptions {
  readonly findDaemon: FindDaemon;
  /** Ends it. */
  readonly signal: AbortSignal;
  /** For what the assistant's program sent and cannot be read; a line on standard error. */
  note(line: string): void;
}

/** The longest line that is taken: no question of an assistant is near it. */
const LINE_MAX_MIB = 10;

/** Serves one assistant on the process's standard input and output until that input ends. Throws `payload_too_large`. */
export async function serveMcp({ findDaemon, signal, note }: McpOptions): Promise<void> {
  const server = createMcpServer(findDaemon);
  const closed = new Promise<void>((resolve) => {
    server.onclose = resolve;
  });
  server.onerror = (error) => note(`MCP: ${error.message.slice(0, 200)}`);
  let isOver = false;
  const close = () => {
    isOver = true;
    void server.close();
  };
  signal.addEventListener('abort', close, { once: true });
  // The transport does not tell the end of its input.
  process.stdin.once('end', close).once('close', close);
  const limits = { maxBufferSize: LINE_MAX_MIB * 1024 * 1024 };
  await server.connect(new StdioServerTransport(process.stdin, process.stdout, limits));
  await closed;
  if (isOver) return;
  // It closes by itself for this alone.
  const line = `a line of more than ${LINE_MAX_MIB} MiB came on standard input, which is no message of MCP`;
  throw new TidewatchError('payload_too_large', `${line}; let the assistant's program start tidewatch mcp again`);
}
