import { hostname } from 'node:os';
import type { Cursors } from '../events/cursors.ts';
import type { EventReader } from '../events/event-log.ts';
import { createBackoff } from '../runtime/backoff.ts';
import type { Clock } from '../runtime/clock.ts';
import type { PostOutcome } from '../runtime/http-post.ts';
import type { Logger } from '../runtime/logger.ts';
import { logRecordOf } from './otlp-logs.ts';
import { OtlpFamilies, type OtlpMetric } from './otlp-metrics.ts';
import { isRetriable, OtlpSender, type OtlpTarget, rejectedIn } from './otlp-sender.ts';
import { attribute } from './otlp-values.ts';
import { CENSUS_FAMILIES, OWN_FAMILIES, type OwnFacts } from './own-families.ts';
import { WORKSPACE_FAMILIES } from './workspace-families.ts';
import type { WorkspaceWalk } from './workspace-walk.ts';

export interface OtlpExporterOptions {
  readonly target: OtlpTarget;
  /** Between two pushes of metrics, ms. */
  readonly intervalMs: number;
  /** Whether events are pushed too, as logs. */
  readonly events: boolean;
  readonly workspaces: WorkspaceWalk;
  own(): OwnFacts;
  readonly log: EventReader;
  /** How far the receiver has been given events: it goes on there. */
  readonly cursors: Cursors;
  /** Tells this Tidewatch from others. */
  readonly instanceId: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** A request of so many data points is less than a megabyte before it is compressed. */
const POINTS_PER_REQUEST = 4_000;

const EVENTS_PER_REQUEST = 500;
/** Events wait so long for others to go with them. */
const EVENTS_WAIT_MS = 1_000;

const EVENTS_GONE = 'events are left out of OTLP: the log does not keep them any more';

/** Its name among the readers of the event log. */
const READER = 'otlp';

const BACKOFF = { initialMs: 1_000, maxMs: 60_000 };

/** Pushes metrics at an interval, and events as they come, to an OpenTelemetry collector. */
export class OtlpExporter {
  readonly #options: OtlpExporterOptions;
  readonly #sender: OtlpSender;
  readonly #stopped = new AbortController();
  #runs: readonly Promise<void>[] = [];
  #isFailing = false;

  constructor(options: OtlpExporterOptions) {
    this.#options = options;
    this.#sender = new OtlpSender(options.target, options.clock);
  }

  start(): void {
    if (this.#runs.length > 0 || this.#stopped.signal.aborted) return;
    this.#runs = [this.#pushMetrics(), ...(this.#options.events ? [this.#pushEvents()] : [])];
  }

  /** Ends what is being sent; events of it are sent again after the next start. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    await Promise.all(this.#runs);
    await this.#options.cursors.close();
  }

  /** What is not taken is not sent again: the next push tells what is then, and totals hold what was. */
  async #pushMetrics(): Promise<void> {
    const { clock, intervalMs } = this.#options;
    const { signal } = this.#stopped;
    let dueAt = clock.monotonic();
    while (!signal.aborted) {
      try {
        await this.#pushOnce();
      } catch (error) {
        this.#options.logger.error('metrics could not be collected for OTLP', { error });
      }
      dueAt = Math.max(dueAt + intervalMs, clock.monotonic());
      await clock.sleep(dueAt - clock.monotonic(), signal);
    }
  }

  async #pushOnce(): Promise<void> {
    const { workspaces, own, clock } = this.#options;
    const facts = own();
    const span = { startedAt: facts.startedAt, at: clock.now() };
    const families = new OtlpFamilies(WORKSPACE_FAMILIES, span);
    let isTaken = true;
    const census = await workspaces.each((one) => {
      if (!isTaken) return undefined;
      families.add(one, [attribute('workspace', one.state.workspaceId)]);
      if (families.size < POINTS_PER_REQUEST) return undefined;
      return this.#sendMetrics(families.take(), facts).then((taken) => {
        isTaken = taken;
      });
    });
    if (!isTaken) return;
    const [self, counts] = [new OtlpFamilies(OWN_FAMILIES, span), new OtlpFamilies(CENSUS_FAMILIES, span)];
    self.add(facts);
    counts.add(census);
    await this.#sendMetrics([...self.take(), ...counts.take(), ...families.take()], facts);
  }

  async #sendMetrics(metrics: readonly OtlpMetric[], { version }: OwnFacts): Promise<boolean> {
    const scopeMetrics = [{ scope: { name: 'tidewatch', version }, metrics }];
    const request = { resourceMetrics: [{ resource: this.#resource(version), scopeMetrics }] };
    const outcome = await this.#sender.post('metrics', request, this.#stopped.signal);
    this.#tell(outcome);
    return outcome.error === null;
  }

  /** What waits stays in the log, so it costs nothing; what is refused for good is left out. */
  async #pushEvents(): Promise<void> {
    const { log, clock, logger, cursors } = this.#options;
    const { signal } = this.#stopped;
    const backoff = createBackoff(BACKOFF);
    // The first time what happens from now on.
    let cursor = cursors.get(READER) ?? log.bounds().lastSeq;
    cursors.set(READER, cursor);
    while (!signal.aborted) {
      try {
        await clock.sleep(EVENTS_WAIT_MS, signal);
        const page = log.read({ after: cursor, limit: EVENTS_PER_REQUEST });
        if (signal.aborted || page.nextAfter === cursor) continue;
        const outcome = page.items.length === 0 ? null : await this.#sendEvents(page.items);
        if (outcome === null || outcome.error === null || !isRetriable(outcome)) {
          if (page.gap !== null) logger.warn(EVENTS_GONE, { ...page.gap });
          cursor = page.nextAfter;
          cursors.set(READER, cursor);
          backoff.reset();
        } else {
          await clock.sleep(Math.max(backoff.next(), outcome.retryAfterMs ?? 0), signal);
        }
      } catch (error) {
        logger.error('events could not be read for OTLP; trying again', { error });
        await clock.sleep(backoff.next(), signal);
      }
    }
  }

  async #sendEvents(events: ReturnType<EventReader['read']>['items']): Promise<PostOutcome> {
    const { clock, own } = this.#options;
    const { version } = own();
    const now = clock.now();
    const scopeLogs = [
      { scope: { name: 'tidewatch', version }, logRecords: events.map((one) => logRecordOf(one, now)) },
    ];
    const request = { resourceLogs: [{ resource: this.#resource(version), scopeLogs }] };
    const outcome = await this.#sender.post('logs', request, this.#stopped.signal);
    this.#tell(outcome);
    return outcome;
  }

  #resource(version: string): object {
    return {
      attributes: [
        attribute('service.name', 'tidewatch'),
        attribute('service.version', version),
        attribute('service.instance.id', this.#options.instanceId),
        attribute('host.name', hostname()),
      ],
    };
  }

  /** Once when it begins to fail, once when it is well again. */
  #tell(outcome: PostOutcome): void {
    const { logger } = this.#options;
    if (this.#stopped.signal.aborted) return;
    const rejected = outcome.error === null ? rejectedIn(outcome) : 0;
    const trouble = outcome.error ?? (rejected > 0 ? `${rejected} of a request were rejected` : null);
    if (trouble !== null && !this.#isFailing) logger.warn('OTLP is not taken', { error: trouble });
    if (trouble === null && this.#isFailing) logger.info('OTLP is taken again');
    this.#isFailing = trouble !== null;
  }
}
