import type { ConfigKeySpec } from './config-key.ts';
import { CONFIG_KEY_NAMES, CONFIG_KEYS, envNameOf, flagNameOf, LATER_SECTIONS } from './keys.ts';

/** `docs/reference/configuration.md`, made from the table of keys. */
export function renderConfigReference(): string {
  return `${[...head(), ...CONFIG_KEY_NAMES.flatMap(section), ...example()].join('\n')}\n`;
}

function head(): string[] {
  return [
    '# Configuration reference',
    '',
    'Generated from `src/daemon/config/keys.ts`. How the sources work together: [configuration guide](../guides/configuration.md).',
    '',
    '| key | variable | flag of `tidewatch serve` | default |',
    '| --- | --- | --- | --- |',
    ...CONFIG_KEY_NAMES.map((key) => {
      const fallback = cell(CONFIG_KEYS[key].fallbackText);
      return `| [\`${key}\`](#${anchor(key)}) | \`${envNameOf(key)}\` | \`${flagNameOf(key)}\` | ${fallback} |`;
    }),
    '',
    `Sections of later versions, refused in this one: ${LATER_SECTIONS.map((name) => `\`${name}\``).join(', ')}.`,
  ];
}

function section(key: (typeof CONFIG_KEY_NAMES)[number]): string[] {
  const spec: ConfigKeySpec<unknown> = CONFIG_KEYS[key];
  return [
    '',
    `## ${key}`,
    '',
    spec.comment,
    '',
    `- Type: ${spec.kind.name}`,
    `- Default: ${cell(spec.fallbackText)}`,
    `- Changes: ${spec.reloads ? 'at once on a reload (SIGHUP)' : 'need a restart'}`,
  ];
}

/** All defaults as a file: what a person copies and edits. */
function example(): string[] {
  return ['', '## Example', '', '```yaml', ...exampleLines(), '```'];
}

function exampleLines(): string[] {
  return [
    'listen: 127.0.0.1:7420',
    'store: sqlite',
    'engine:',
    '  host: unix:///var/run/docker.sock',
    'tracker:',
    '  syncInterval: 30s',
    '  maxRetries: 3',
    '  workspaceLabels: [com.example.workspace]',
    'events:',
    '  maxAge: 30d',
    '  maxCount: 500000',
    'log:',
    '  level: info',
    '  format: text',
  ];
}

function cell(text: string): string {
  return /^[\w.:/-]+$/.test(text) && text !== 'none' ? `\`${text}\`` : text.replaceAll('|', '\\|');
}

/** As GitHub makes anchors of headings. */
function anchor(key: string): string {
  return key.toLowerCase().replaceAll('.', '');
}
