import { Value } from 'typebox/value';
import { TidewatchError } from '../../model/errors.ts';
import { CLIENT_FRAMES, type ClientFrame } from '../contract/live-frames.ts';
import { validationDetail } from '../validation-detail.ts';

/** A message of a client as a frame. Throws `bad_request` with what is wrong with it. */
export function readClientFrame(text: string): ClientFrame {
  const value = parse(text);
  const type = typeof value === 'object' && value !== null && 'type' in value ? value.type : undefined;
  if (typeof type !== 'string' || !Object.hasOwn(CLIENT_FRAMES, type)) {
    throw new TidewatchError('bad_request', `frame: type must be one of ${Object.keys(CLIENT_FRAMES).join(', ')}`);
  }
  const schema = CLIENT_FRAMES[type as keyof typeof CLIENT_FRAMES];
  if (!Value.Check(schema, value)) {
    const findings = [...Value.Errors(schema, value)];
    // A name that there is none of is found twice: as what it is, and as a value that nothing fits.
    const unknownName = findings.find(({ keyword }) => keyword === 'additionalProperties');
    if (unknownName !== undefined) throw new TidewatchError('bad_request', unknownNameDetail(schema, value as object));
    throw new TidewatchError('bad_request', validationDetail(findings, 'frame'));
  }
  return value;
}

function unknownNameDetail({ properties }: { properties: object }, value: object): string {
  const name = Object.keys(value).find((one) => !Object.hasOwn(properties, one)) ?? '';
  return `frame ${name.slice(0, 50)}: there is none of this name`;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new TidewatchError('bad_request', 'frame: must be JSON');
  }
}
