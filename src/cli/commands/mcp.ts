import type { Command } from 'commander';
import type { Run } from '../command.ts';
import { requireDaemon } from '../daemon-access.ts';
import { refuseEngineOptions, type Seat } from '../seat.ts';

/** `tidewatch mcp`: lets an assistant ask. */
export function addMcp(program: Command, run: Run): void {
  program
    .command('mcp')
    .summary('let an AI assistant ask what runs, why, and what it used')
    .description(
      'Speak the Model Context Protocol on standard input and output, for an AI assistant that starts it. It only reads.',
    )
    .addHelpText(
      'after',
      `
Examples:
  claude mcp add tidewatch -- tidewatch mcp
  npx @modelcontextprotocol/inspector tidewatch mcp`,
    )
    .action(run((seat) => mcp(seat)));
}

async function mcp(seat: Seat): Promise<void> {
  refuseEngineOptions('mcp', seat.options);
  // Much code, of which no other command needs any.
  const { serveMcp } = await import('../mcp/serve-mcp.ts');
  const { io } = seat;
  await serveMcp({
    signal: io.signal,
    note: seat.note,
    async findDaemon() {
      const { client, address } = await requireDaemon(seat);
      return { client, url: address.url, clock: io.clock };
    },
  });
}
