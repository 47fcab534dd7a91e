import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import { createMcpServer, type FindDaemon } from './mcp-server.ts';

interface McpOptions {
  readonly findDaemon: FindDaemon;
  /** Ends it. */
  readonly signal: AbortSignal;
  /** For what the assistant's program sent and cannot be read; a line on standard error. */
  note(line: string): void;
}

/** Serves one assistant on the process's standard input and output until that input ends. */
export async function serveMcp({ findDaemon, signal, note }: McpOptions): Promise<void> {
  const server = createMcpServer(findDaemon);
  const closed = new Promise<void>((resolve) => {
    server.onclose = resolve;
  });
  server.onerror = (error) => note(`MCP: ${error.message.slice(0, 200)}`);
  const close = () => void server.close();
  signal.addEventListener('abort', close, { once: true });
  // The transport does not tell the end of its input.
  process.stdin.once('end', close).once('close', close);
  await server.connect(new StdioServerTransport());
  await closed;
}
