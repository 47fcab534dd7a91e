import { spawn } from 'node:child_process';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { MAIN, serveTidewatch, surroundings } from '../support/tidewatch-process.ts';

/** An address on which no engine ever listens. */
const NO_ENGINE = ['--engine-host', 'unix:///nonexistent/docker.sock'];

const INITIALIZE = {
  ...{ jsonrpc: '2.0', id: 1, method: 'initialize' },
  params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'test', version: '1' } },
};

/** An assistant's program that runs `tidewatch mcp`. */
function startMcp(folder: string, env: Readonly<Record<string, string>> = {}) {
  const child = spawn(process.execPath, [MAIN, 'mcp'], { cwd: folder, env: { ...surroundings(folder), ...env } });
  const said = { out: '', err: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said.out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said.err += text;
  });
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  return { child, said, ended };
}

describe('tidewatch mcp, as an assistant starts it', () => {
  it('finds daemon and token as other commands do, and answers', async () => {
    const folder = await temporaryFolder();
    await using daemon = await serveTidewatch({ folder, args: NO_ENGINE });
    const env = { TIDEWATCH_URL: daemon.introduction.address, TIDEWATCH_DATA_DIR: daemon.dataDir };
    const assistant = new Client({ name: 'test', version: '1' });
    const transport = new StdioClientTransport({
      command: process.execPath,
      args: [MAIN, 'mcp'],
      env: { ...(surroundings(folder) as Record<string, string>), ...env },
    });
    await assistant.connect(transport);
    expect(assistant.getServerVersion()?.name).toBe('tidewatch');
    expect((await assistant.listTools()).tools.map(({ name }) => name)).toContain('get_workspace');
    const status = await assistant.callTool({ name: 'get_status' });
    expect(status.structuredContent).toMatchObject({
      daemon: { status: 'not_ready', missing: ['engine', 'sync'] },
      engine: { state: 'connecting', error: expect.stringContaining('/nonexistent/docker.sock') },
    });
    await daemon.end('SIGTERM');
    const gone = await assistant.callTool({ name: 'get_status' });
    expect(gone).toMatchObject({ isError: true, content: [{ text: expect.stringMatching(/^daemon_unreachable/) }] });
    await assistant.close();
  });

  it('goes on after lines that are no messages, and ends when its input ends', async () => {
    const { child, said, ended } = startMcp(await temporaryFolder());
    child.stdin.write('no json\n{"jsonrpc":"2.0"}\n[]\n\n');
    child.stdin.write(Buffer.from([0xff, 0xfe, 0x00, 0x0a]));
    child.stdin.write(`${JSON.stringify(INITIALIZE)}\n`);
    await eventually(() => expect(said.out).toContain('\n'));
    expect(JSON.parse(said.out)).toMatchObject({ id: 1, result: { serverInfo: { name: 'tidewatch' } } });
    child.stdin.end();
    expect(await ended).toBe(0);
    expect(said.err).toMatch(/^(tidewatch: MCP: .*\n)+$/);
  });

  it('fails when a line has no end', async () => {
    const { child, said, ended } = startMcp(await temporaryFolder());
    child.stdin.on('error', () => {});
    child.stdin.write('x'.repeat(11 * 1024 * 1024));
    expect(await ended).toBe(1);
    expect(said.err).toMatch(/^tidewatch: a line of more than 10 MiB came .*\n$/m);
  });
});
