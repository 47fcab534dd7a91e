export type { FakeUsage } from './engine/fake/container-stats.ts';
export type { Dialect, Happening } from './engine/fake/engine-event.ts';
export type { ContainerSpec, FakeContainer, FakeState } from './engine/fake/fake-container.ts';
export { FakeEngine, type FakeEngineOptions, type RestartEngineOptions } from './engine/fake/fake-engine.ts';
export type { DieOptions } from './engine/fake/fake-world.ts';
export type { CallKind } from './engine/fake/faults.ts';
