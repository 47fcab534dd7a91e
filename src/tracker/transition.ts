import type { ContainerState } from '../model/container.ts';

/** One step of a container from a state to another, at an instant of the engine's clock (epoch ms). */
export interface Transition {
  readonly from: ContainerState | null;
  readonly to: ContainerState;
  readonly at: number;
}
