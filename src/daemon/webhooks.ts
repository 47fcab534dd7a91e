import type { EventBus } from '../events/bus.ts';
import { memoryCursors } from '../events/cursors.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';
import type { Tracker } from '../tracker/tracker.ts';
import { Webhooks } from '../webhooks/webhooks.ts';
import type { Config } from './config/keys.ts';
import { secretProblem, type WebhookSetting } from './config/webhook-kind.ts';
import { openCursors } from './open-cursors.ts';
import { readSecretFile } from './secret-file.ts';

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
  return secret ?? readSecretFile(`webhooks.${name}: secretFile`, secretFile ?? '', secretProblem);
}
