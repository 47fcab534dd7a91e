import { createDockerEngine, type DockerEngineOptions } from './docker/docker-engine.ts';
import type { Engine } from './engine.ts';

/**
 * Finds the engine as Docker's client does and connects to it. Rejects with TidewatchError `engine_unreachable`,
 * `engine_permission`, `engine_tls` and the like when it does not answer.
 */
export async function connectEngine(options: DockerEngineOptions = {}): Promise<Engine> {
  const engine = createDockerEngine(options);
  try {
    await engine.connect();
    return engine;
  } catch (error) {
    await engine.close();
    throw error;
  }
}
