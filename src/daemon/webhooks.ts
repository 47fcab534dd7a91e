import { readFileSync } from 'node:fs';
import type { EventBus } from '../events/bus.ts';
import { memoryCursors } from '../events/cursors.ts';
import { TidewatchError } from '../model/errors.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';
import type { Tracker } from '../tracker/tracker.ts';
import { Webhooks } from '../webhooks/webhooks.ts';
import type { Config } from './config/keys.ts';
import { secretProblem, type WebhookSetting } from './config/webhook-kind.ts';
import { openCursors } from './open-cursors.ts';

/** What webhooks are wired to. */
export interface WebhookParts {
  readonly tracker: Tracker;
  readonly bus: EventBus;
  readonly version: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** How far each has come, in the data folder. */
const CURSORS_FILE = 'webhooks.json';

/** The webhooks as they are configured. Nothing is sent before they are started. Throws `config_invalid` for a secret that cannot be read. */
export function createWebhooks(config: Config, { tracker, bus, version, clock, logger }: WebhookParts): Webhooks {
  const { log } = bus;
  const receivers = config.webhooks.map((setting) => ({ ...setting, secret: secretOf(setting) }));
  return new Webhooks({
    receivers: receivers.map(({ secretFile: _, ...receiver }) => receiver),
    cursors: receivers.length === 0 ? memoryCursors() : openCursors(config, CURSORS_FILE, { log, clock, logger }),
    log,
    bus,
    labelsOf: (id) => tracker.getWorkspaceState(id)?.labels,
    userAgent: `Tidewatch/${version}`,
    clock,
    logger,
  });
}

function secretOf({ name, secret, secretFile }: WebhookSetting): string {
  if (secret !== null) return secret;
  const refuse = (why: string) =>
    new TidewatchError('config_invalid', `webhooks.${name}: secretFile ${secretFile}: ${why}`);
  let text: string;
  try {
    text = readFileSync(secretFile ?? '', 'utf8').trim();
  } catch (error) {
    throw refuse(error instanceof Error ? error.message : String(error));
  }
  const problem = text.includes('\n') ? 'expected one line' : secretProblem(text);
  if (problem !== null) throw refuse(problem);
  return text;
}
