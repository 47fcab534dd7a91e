/** A log entry as pino writes it. */
interface LogEntry {
  readonly time?: unknown;
  readonly level?: unknown;
  readonly message?: unknown;
  readonly [field: string]: unknown;
}

/** One JSON line of the log → one line for people: `2026-01-01T00:00:00.000Z WARN  message  key=value`. */
export function formatLogLine(json: string): string {
  const { time, level, message, ...fields } = JSON.parse(json) as LogEntry;
  const named = Object.entries(fields).map(([name, value]) => ` ${escapeControls(name)}=${valueText(value)}`);
  const head = `${String(time)} ${String(level).toUpperCase().padEnd(5)} ${escapeControls(String(message))}`;
  return `${head}${named.length > 0 ? ' ' : ''}${named.join('')}\n`;
}

function valueText(value: unknown): string {
  if (typeof value === 'string' && /^[\w./:@+-]+$/.test(value)) return value;
  return escapeControls(JSON.stringify(value) ?? 'undefined');
}

/**
 * Names of containers and workspaces come from outside: what would move the cursor, colour the terminal, turn the reading
 * direction round or begin a forged line is shown as its code.
 */
function escapeControls(text: string): string {
  return text.replace(CONTROLS, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROLS = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;
