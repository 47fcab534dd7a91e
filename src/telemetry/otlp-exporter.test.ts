import { expect, onTestFinished, test } from 'vitest';
import { eventually } from '../engine/eventually.contract.ts';
import { EventBus } from '../events/bus.ts';
import { memoryCursors } from '../events/cursors.ts';
import { draftOf, errorOf } from '../events/drafts.contract.ts';
import { memoryEventLog } from '../events/memory-event-log.ts';
import { ScriptedWorkspaces } from '../monitor/scripted-workspaces.contract.ts';
import { systemClock } from '../runtime/clock.ts';
import { silentLogger } from '../runtime/logger.ts';
import { someMetrics, someOwnFacts } from './exposed.contract.ts';
import { OtlpExporter, type OtlpExporterOptions } from './otlp-exporter.ts';
import { type OtlpReceiver, startOtlpReceiver } from './otlp-receiver.contract.ts';
import { WorkspaceWalk } from './workspace-walk.ts';

const own = await someOwnFacts();

interface Pushing {
  readonly receiver: OtlpReceiver;
  readonly workspaces: ScriptedWorkspaces;
  readonly bus: EventBus;
  readonly warnings: string[];
  readonly exporter: OtlpExporter;
}

async function pushing(options: Partial<OtlpExporterOptions> = {}, ...statuses: number[]): Promise<Pushing> {
  const receiver = await startOtlpReceiver();
  receiver.answer(...statuses);
  const workspaces = new ScriptedWorkspaces();
  const bus = new EventBus();
  const warnings: string[] = [];
  const exporter = new OtlpExporter({
    target: { endpoint: receiver.endpoint, headers: { authorization: 'Bearer of-the-collector' } },
    ...{ intervalMs: 50, events: true, own: () => own, log: bus.log, instanceId: 'abc', clock: systemClock },
    cursors: memoryCursors(),
    workspaces: new WorkspaceWalk({ workspaces, clock: systemClock, maxWorkspaces: 10_000 }),
    logger: { ...silentLogger, warn: (message, fields) => void warnings.push(`${message} ${JSON.stringify(fields)}`) },
    ...options,
  });
  workspaces.set('shop', [{ id: 'web' }], { name: 'The "shop"', owner: 'ana', metrics: someMetrics() });
  exporter.start();
  onTestFinished(async () => {
    await exporter.stop();
    await bus.close();
    await receiver[Symbol.asyncDispose]();
    expect(receiver.faults).toEqual([]);
  });
  return { receiver, workspaces, bus, warnings, exporter };
}

test('metrics are pushed again and again, with units, totals as sums and the headers', async () => {
  const { receiver } = await pushing();
  const of = (name: string) => receiver.metrics.filter((metric) => metric.name === name);
  await eventually(() => expect(of('tidewatch_engine_connected').length).toBeGreaterThan(2));
  const resource = { 'service.name': 'tidewatch', 'service.version': '1.2.3', 'service.instance.id': 'abc' };
  expect(of('tidewatch_workspace_cpu_ratio')[0]).toMatchObject({
    ...{ kind: 'gauge', unit: '1', value: 0.1235, attributes: { workspace: 'shop' }, startedAt: null },
    resource: expect.objectContaining(resource),
  });
  expect(of('tidewatch_workspace_disk_write_bytes')[0]).toMatchObject({
    ...{ kind: 'sum', unit: 'By', value: 8_000_000, startedAt: own.startedAt },
  });
  expect(of('tidewatch_workspace_info')[0]?.attributes).toEqual({
    ...{ workspace: 'shop', name: 'The "shop"', owner: 'ana', source: 'container' },
  });
  expect(of('tidewatch_workspaces')[0]).toMatchObject({ attributes: { status: 'active' }, value: 1 });
  const ats = of('tidewatch_engine_connected').map(({ at }) => at);
  expect(ats).toEqual(ats.toSorted((a, b) => a - b));
  expect(receiver.requests[0]).toMatchObject({
    path: '/collector/v1/metrics',
    headers: { authorization: 'Bearer of-the-collector', 'content-encoding': 'gzip' },
  });
});

test('many workspaces are several requests, each of them told', async () => {
  const { receiver, workspaces } = await pushing({ events: false });
  const ids = Array.from({ length: 500 }, (_, index) => `w${index}`);
  for (const id of ids) workspaces.set(id, [{ id }], { metrics: someMetrics() });
  const told = () => receiver.metrics.filter(({ name }) => name === 'tidewatch_workspace_memory_bytes');
  await eventually(() => expect(new Set(told().map(({ attributes }) => attributes.workspace)).size).toBe(501));
  // One push of so many is more than one request.
  const last = told().at(-1)?.at;
  await eventually(() => expect(told().filter(({ at }) => at === last)).toHaveLength(501));
});

test('events are logs: from the start on, in order, each once, though the receiver is away for a while', async () => {
  const bus = new EventBus();
  bus.emit(draftOf('before'));
  await bus.drain();
  const { receiver } = await pushing({ log: bus.log, intervalMs: 3_600_000 }, 200, 503, 429);
  await eventually(() => expect(receiver.requests.length).toBeGreaterThan(0));
  bus.emitAll([draftOf('m1', 'shop'), errorOf('m2')]);
  await eventually(() => expect(receiver.logs.map(({ body }) => body)).toEqual(['m1', 'm2']));
  bus.emit(draftOf('m3'));
  await eventually(() => expect(receiver.logs.map(({ body }) => body)).toEqual(['m1', 'm2', 'm3']));
  expect(receiver.logs[0]).toMatchObject({
    severity: 9,
    at: Date.UTC(2026, 0, 1),
    attributes: {
      ...{ 'event.name': 'tidewatch.container_update', workspace: 'shop', 'tidewatch.event.seq': 2 },
      'tidewatch.event.data': { containerId: 'c', newState: 'running', updatedAt: '2026-01-01T00:00:00.000Z' },
    },
  });
  expect(receiver.logs[1]).toMatchObject({ severity: 17, attributes: { 'tidewatch.event.recovered': true } });
});

test('what is refused for good is left out, and told once without the address', async () => {
  const { receiver, warnings } = await pushing({ intervalMs: 20, events: false }, 401, 401, 401);
  await eventually(() => expect(receiver.metrics.length).toBeGreaterThan(0));
  expect(warnings).toEqual(['OTLP is not taken {"error":"answered 401"}']);
});

test('events of the time between a stop and the next start are pushed then', async () => {
  const [bus, cursors] = [new EventBus(), memoryCursors()];
  const again = { log: bus.log, cursors, intervalMs: 3_600_000 };
  bus.emit(draftOf('before'));
  await bus.drain();
  const first = await pushing(again);
  bus.emit(draftOf('m1'));
  await eventually(() => expect(first.receiver.logs.map(({ body }) => body)).toEqual(['m1']));
  // Stopped before it had the answer, it would rightly send it again.
  await eventually(() => expect(cursors.get('otlp')).toBe(2));
  await first.exporter.stop();
  bus.emit(draftOf('m2'));
  await bus.drain();
  const second = await pushing(again);
  bus.emit(draftOf('m3'));
  await eventually(() => expect(second.receiver.logs.map(({ body }) => body)).toEqual(['m2', 'm3']));
});

test('what a receiver had not taken when the daemon stopped is sent again; what the log has deleted by then is told', async () => {
  const log = memoryEventLog();
  const [bus, cursors] = [new EventBus({ log }), memoryCursors()];
  const again = { log: bus.log, cursors, intervalMs: 3_600_000 };
  const first = await pushing(again, 200, 503, 503, 503);
  await eventually(() => expect(first.receiver.requests).toHaveLength(1));
  bus.emitAll([draftOf('m1'), draftOf('m2'), draftOf('m3')]);
  await eventually(() => expect(first.receiver.requests.length).toBeGreaterThan(1));
  await first.exporter.stop();
  log.prune({ olderThan: 0, keepAtMost: 2 });
  const second = await pushing(again);
  await eventually(() => expect(second.receiver.logs.map(({ body }) => body)).toEqual(['m2', 'm3']));
  const gone = 'events are left out of OTLP: the log does not keep them any more {"from":1,"to":1}';
  await eventually(() => expect(second.warnings).toEqual([gone]));
});
