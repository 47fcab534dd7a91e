import type { ContainerDetail, ContainerSummary, EngineEvent } from '../engine/engine.ts';

const NO_SOURCES: readonly string[] = Object.freeze([]);

/** What a `create` event tells of a container, as a list row would. */
export function summaryOfEvent(event: EngineEvent): ContainerSummary {
  const { containerId, name, image, labels, at } = event;
  const fromEvent = { id: containerId, name, image, labels, createdAt: at, bindSources: NO_SOURCES };
  return { ...fromEvent, state: 'created', health: null, exitCode: null };
}

/** An inspect as a list row. */
export function summaryOfDetail(detail: ContainerDetail): ContainerSummary {
  const { id, name, image, state, health, exitCode, createdAt, labels, bindSources } = detail;
  return { id, name, image, state, health, exitCode, createdAt, labels, bindSources };
}
