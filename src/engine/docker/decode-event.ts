import { constants } from 'node:os';
import { COMMAND_MOST, type ContainerSign, type Health } from '../../model/container.ts';
import { ENGINE_ACTIONS, type EngineAction, type EngineEvent } from '../engine.ts';
import { decodeHealth } from './decode-container.ts';
import { decodeLabels, intern } from './decode-labels.ts';
import { asInteger, asObject, asText } from './json-value.ts';

/** The attributes the engine mixes into the labels. */
const ATTRIBUTES = [
  'image',
  'name',
  'exitCode',
  'signal',
  'oldName',
  'execID',
  'execDuration',
  'containerExitCode',
  'podId',
  'health_status',
];

/** Podman's words for actions Docker calls otherwise. */
const OTHER_WORDS: Readonly<Record<string, EngineAction>> = { remove: 'destroy', died: 'die' };

/** Room for the longest word before a command. */
const ACTION_MOST = COMMAND_MOST + 24;

/** Words for what is done from outside; `exec` is Podman's, which tells no command. */
const SIGNS: Readonly<Record<string, ContainerSign['kind']>> = {
  exec_start: 'exec',
  exec: 'exec',
  attach: 'attach',
  resize: 'terminal',
  detach: 'terminal',
  exec_detach: 'terminal',
  'archive-path': 'copy',
  'extract-to-dir': 'copy',
};

/**
 * A line of the stream as an event; `null`: one Tidewatch does not act on. A sign goes to `onSign`. Throws when it is not an
 * event at all.
 */
export function decodeEvent(line: string, onSign?: (sign: ContainerSign) => void): EngineEvent | null {
  const source = asObject(JSON.parse(line));
  if (source === null) throw new TypeError('it is no object');
  const type = source.Type === undefined ? 'container' : asText(source.Type, 256);
  const told = asText(source.Action, ACTION_MOST) ?? asText(source.status, ACTION_MOST);
  if (type === null || (told === null && type === 'container')) throw new TypeError('it does not say what happened');
  if (type !== 'container') return null;
  const [word = '', detail = ''] = (told ?? '').split(/:\s*/, 2);
  const kind = onSign !== undefined && Object.hasOwn(SIGNS, word) ? SIGNS[word] : undefined;
  if (kind !== undefined) {
    const command = (told ?? '').slice(word.length + ': '.length, word.length + ': '.length + COMMAND_MOST).trimEnd();
    onSign?.({ containerId: containerIdOf(source), kind, command, at: Number(timeNanoOf(line, source)) / 1e6 });
    return null;
  }
  const action = actionOf(word);
  if (action === null) return null;
  const containerId = containerIdOf(source);
  const attributes = asObject(asObject(source.Actor)?.Attributes);
  const timeNano = timeNanoOf(line, source);
  return {
    containerId,
    action,
    timeNano,
    at: Number(timeNano) / 1e6,
    name: (asText(attributes?.name, 512) ?? '').replace(/^\//, ''),
    image: intern(asText(attributes?.image, 512) ?? asText(source.from, 512) ?? ''),
    // Podman tells an exit code with every event; it means something with an end only.
    exitCode: action === 'die' ? (numberOf(attributes?.exitCode) ?? numberOf(attributes?.containerExitCode)) : null,
    signal: action === 'kill' ? signalOf(attributes?.signal) : null,
    health: action === 'health_status' ? healthOf(detail) : null,
    labels: action === 'create' ? decodeLabels(attributes, ATTRIBUTES) : NO_LABELS,
  };
}

/** Labels never change: only the event that makes a container needs them. */
const NO_LABELS: Readonly<Record<string, string>> = Object.freeze({});

function containerIdOf(source: Record<string, unknown>): string {
  const id = asText(asObject(source.Actor)?.ID, 128) ?? asText(source.id, 128);
  if (id === null || id === '') throw new TypeError('it names no container');
  return id;
}

function actionOf(word: string): EngineAction | null {
  return (
    ENGINE_ACTIONS.find((action) => action === word) ??
    (Object.hasOwn(OTHER_WORDS, word) ? (OTHER_WORDS[word] ?? null) : null)
  );
}

/**
 * Nanoseconds do not fit a number: they are read from the text. A label may hold the same words, so what is found must
 * be what the parser rounded.
 */
function timeNanoOf(line: string, source: Record<string, unknown>): string {
  const rounded = source.timeNano;
  if (typeof rounded === 'number' && Number.isFinite(rounded) && rounded > 0) {
    for (const [, digits] of line.matchAll(/"timeNano"\s*:\s*(\d{1,20})/g)) {
      if (digits !== undefined && Number(digits) === rounded) return digits;
    }
  }
  const seconds = asInteger(source.time);
  if (seconds === null || seconds <= 0) throw new TypeError('it has no time');
  return `${seconds}000000000`;
}

function numberOf(value: unknown): number | null {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? value : null;
  return typeof value === 'string' && /^-?\d{1,10}$/.test(value) ? Number(value) : null;
}

function signalOf(value: unknown): number | null {
  const number = numberOf(value);
  if (number !== null || typeof value !== 'string') return number;
  const name = `SIG${value.toUpperCase().replace(/^SIG/, '')}`;
  return Object.hasOwn(constants.signals, name) ? constants.signals[name as NodeJS.Signals] : null;
}

/**
 * Docker says it in the action. Podman says it in a field of its own, and there (seen in 4.3) it is what the probe before
 * found: `null`, so that the container itself is asked.
 */
function healthOf(told: string): Health | null {
  const health = decodeHealth(told);
  return health === 'none' ? null : health;
}
