import { EVENT_TYPES, type EventType, isEventType } from '../../model/events.ts';
import { hintAt } from '../../runtime/nearest-name.ts';
import { FieldReader, isSection, jsonIn, sectionWith } from './section-reader.ts';
import {
  type Checked,
  expected,
  oneOf,
  optional,
  path,
  text,
  textList,
  type ValueContext,
  type ValueKind,
  webUrl,
} from './value-kinds.ts';

/** One webhook as it is configured. */
export interface WebhookSetting {
  readonly name: string;
  readonly url: string;
  readonly types: readonly EventType[];
  readonly workspaces: readonly string[];
  readonly labels: readonly string[];
  /** The secret, or the file that holds it: one of them is there. */
  readonly secret: string | null;
  readonly secretFile: string | null;
  readonly format: 'json' | 'cloudevents';
}

const FIELDS = ['url', 'events', 'workspaces', 'labels', 'secret', 'secretFile', 'format'] as const;
type Field = (typeof FIELDS)[number];

const NAME = /^[a-zA-Z0-9][\w-]{0,63}$/;

/** More are a mistake, or the work of a message broker. */
const WEBHOOKS_MOST = 50;

/** 96 bits, where characters are random. */
const SECRET_LEAST = 16;

/** What is wrong with a secret, without a word of it; `null` when nothing is. */
export function secretProblem(secret: string): string | null {
  if (secret.length < SECRET_LEAST) return `expected a text of at least ${SECRET_LEAST} characters`;
  const isBase64 = /^whsec_[A-Za-z0-9+/]{20,}={0,2}$/.test(secret);
  return secret.startsWith('whsec_') && !isBase64 ? 'expected base64 after whsec_, at least 16 bytes' : null;
}

/** What comes with every sync and every change of figures is for who asks for it. */
const NOISE: readonly EventType[] = ['sync_start', 'sync_complete', 'metrics_update'];
const TYPES_DEFAULT = EVENT_TYPES.filter((type) => !NOISE.includes(type));

const FORMAT = oneOf(['json', 'cloudevents']);

/** A section with one section for each webhook, by its name; in a variable the same as JSON. */
export const webhookList: ValueKind<readonly WebhookSetting[]> = {
  name: `section of webhooks by name, each with ${FIELDS.join(', ')}`,
  parse(raw, context) {
    if (Array.isArray(raw) && raw.length === 0) return { value: [] };
    const section = typeof raw === 'string' ? jsonIn(raw) : raw;
    if (!isSection(section)) return expected('a section of webhooks by name', raw);
    const entries = Object.entries(section);
    if (entries.length > WEBHOOKS_MOST)
      return { wrong: `expected at most ${WEBHOOKS_MOST} webhooks, got ${entries.length}` };
    const settings: WebhookSetting[] = [];
    for (const [name, value] of entries) {
      const setting = readWebhook(name, value, context);
      if ('wrong' in setting) return { wrong: setting.wrong, part: name };
      settings.push(setting.value);
    }
    return { value: settings };
  },
};

function readWebhook(name: string, value: unknown, context: ValueContext): Checked<WebhookSetting> {
  if (!NAME.test(name)) return { wrong: 'a name has letters, digits, - and _ only, at most 64' };
  const section = sectionWith(value, FIELDS);
  if ('wrong' in section) return section;
  const reader = new FieldReader<Field>(section.value, context);
  const setting: WebhookSetting = {
    name,
    url: reader.read('url', webUrl, ''),
    types: reader.read('events', eventTypes, TYPES_DEFAULT),
    workspaces: reader.read('workspaces', textList, []),
    labels: reader.read('labels', textList, []),
    secret: reader.read<string | null>('secret', optional(secretText), null),
    secretFile: reader.read<string | null>('secretFile', optional(path), null),
    format: reader.read('format', FORMAT, 'json'),
  };
  if (reader.wrong !== null) return { wrong: reader.wrong };
  if (setting.url === '') return { wrong: 'url is missing' };
  if ((setting.secret === null) === (setting.secretFile === null)) {
    return { wrong: 'expected either secret or secretFile, by which receivers know that Tidewatch sent it' };
  }
  return { value: setting };
}

const secretText: ValueKind<string> = {
  name: 'text',
  parse(raw, context) {
    const checked = text.parse(raw, context);
    const problem = 'wrong' in checked ? 'expected one line of text' : secretProblem(checked.value);
    return problem === null ? checked : { wrong: problem };
  },
};

const eventTypes: ValueKind<readonly EventType[]> = {
  name: 'list of event types, or *',
  parse(raw, context) {
    const checked = textList.parse(raw, context);
    if ('wrong' in checked) return checked;
    if (checked.value.includes('*')) return { value: EVENT_TYPES };
    const wrong = checked.value.find((type) => !isEventType(type));
    if (wrong !== undefined)
      return { wrong: `${JSON.stringify(wrong.slice(0, 64))} is no event type${hintAt(wrong, EVENT_TYPES)}` };
    return { value: checked.value.filter(isEventType) };
  },
};
