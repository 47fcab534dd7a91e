import type { CliIo, Output } from '../src/cli/io.ts';
import { runCli } from '../src/cli/program.ts';
import { systemClock } from '../src/runtime/clock.ts';

const WIDTH = 100;

/** `docs/reference/commands.md`: the help that the commands print themselves. */
export async function renderCommandsReference(): Promise<string> {
  const common = await printed(['--help']);
  const sections: string[] = [];
  for (const name of commandNames(common)) sections.push(...(await section(name)));
  return [
    '# Commands',
    '',
    'Generated from what `tidewatch help` prints. With real output and explained: [command line](../guides/command-line.md).',
    '',
    ...block(common),
    ...sections,
  ].join('\n');
}

/** A command with those it has beneath it: `token`, `token create`. */
async function section(...names: readonly string[]): Promise<string[]> {
  const help = await printed([...names, '--help']);
  // What all commands share is above.
  const own = block(help.replace(/\nGlobal Options:\n[\s\S]*?\n(?=\n|$)/, ''));
  const beneath = await Promise.all(commandNames(help).map((name) => section(...names, name)));
  return [`##${'#'.repeat(names.length - 1)} ${names.join(' ')}`, '', ...own, ...beneath.flat()];
}

function block(text: string): string[] {
  return ['```text', text.trim(), '```', ''];
}

/** Names under `Commands:`; without `help` itself. */
function commandNames(help: string): string[] {
  const [, list = ''] = /\nCommands:\n([\s\S]*?)\n\n/.exec(help) ?? [];
  return [...list.matchAll(/^ {2}([a-z]+)/gm)].map(([, name]) => name ?? '').filter((name) => name !== 'help');
}

async function printed(args: readonly string[]): Promise<string> {
  let text = '';
  const out: Output = {
    write: (more) => {
      text += more;
    },
    isTty: false,
    size: () => ({ columns: WIDTH, rows: 50 }),
    onResize: () => () => {},
  };
  const code = await runCli(args, worldOf(out));
  if (code !== 0) throw new Error(`tidewatch ${args.join(' ')} ended with ${code}`);
  return text;
}

function worldOf(out: Output): CliIo {
  return {
    ...{ stdout: out, stderr: out, env: {}, cwd: '/', home: '/', fetch, clock: systemClock },
    ...{ signal: new AbortController().signal, onKey: () => () => {}, onHangUp: () => () => {} },
  };
}
