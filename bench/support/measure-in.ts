import { rmSync } from 'node:fs';
import { firstObstacle } from '../../test/env/obstacles.ts';
import { reportSkipped } from './result.ts';

/** Runs a benchmark that writes into a folder, which is gone afterwards; says why where it cannot run. */
export async function measureIn(
  folder: string,
  measure: () => Promise<void>,
  obstacles: Parameters<typeof firstObstacle>[0],
): Promise<void> {
  try {
    const obstacle = await firstObstacle(obstacles);
    if (obstacle === null) await measure();
    else reportSkipped(obstacle);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
