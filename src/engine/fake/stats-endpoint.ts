import type { ServerResponse } from 'node:http';
import { systemClock } from '../../runtime/clock.ts';
import { containerStats } from './container-stats.ts';
import { compareVersions, type EngineCall, type EngineFace, sendBody, sendError } from './engine-call.ts';
import type { FakeContainer } from './fake-container.ts';
import type { Faults } from './faults.ts';

/** What the endpoint tells of: the container as it is at each frame, the instant of the sample, what is wrong. */
export interface StatsServed {
  readonly faults: Faults;
  stamp(): bigint;
  /** `undefined` when it is gone. */
  find(): FakeContainer | undefined;
}

const STREAM_PACE_MS = 1_000;
// Docker's reading of a boolean in a query.
const FALSE_WORDS = ['', '0', 'no', 'false', 'none'];

/** `GET /containers/{id}/stats`. */
export class StatsEndpoint {
  readonly #face: EngineFace;
  /** Ends when the sample before is taken: engines before 25.0 take one after the other. */
  #pass: Promise<void> = Promise.resolve();

  constructor(face: EngineFace) {
    this.#face = face;
  }

  async answer(call: EngineCall, response: ServerResponse, served: StatsServed): Promise<void> {
    const { dialect } = this.#face;
    const streams = isTrue(call.query.get('stream'), true);
    if (streams && isTrue(call.query.get('one-shot'), false) && dialect === 'docker' && this.#isSerial) {
      return sendError(response, dialect, { status: 400, message: 'cannot have stream=true and one-shot=true' });
    }
    const frame = await this.#sample(served);
    if (frame === null) {
      if (dialect === 'podman') return sendBody(response, 404, '');
      return sendError(response, dialect, { status: 404, message: `No such container: ${call.ref}` });
    }
    if (!streams) return sendBody(response, 200, frame);
    await this.#stream(response, served, frame);
  }

  get #isSerial(): boolean {
    return this.#face.dialect === 'docker' && compareVersions(this.#face.apiVersion, '1.44') < 0;
  }

  async #stream(response: ServerResponse, served: StatsServed, first: string): Promise<void> {
    const left = new AbortController();
    response.once('close', () => left.abort());
    for (let frame: string | null = first; frame !== null && !left.signal.aborted; frame = await this.#sample(served)) {
      response.write(frame);
      await systemClock.sleep(STREAM_PACE_MS, left.signal);
    }
    response.end();
  }

  /** A frame; `null` when the container is gone. One that stands still holds up all others where they are taken in turn. */
  async #sample(served: StatsServed): Promise<string | null> {
    const container = served.find();
    if (container === undefined) return null;
    const { id, pid } = container;
    if (pid !== 0) {
      const taken = () => served.faults.container(id).pass();
      const passed = this.#isSerial ? this.#pass.then(taken) : taken();
      if (this.#isSerial) this.#pass = passed;
      await passed;
    }
    const now = served.find();
    if (now === undefined) return null;
    return this.#face.dialect === 'podman' && now.pid === 0
      ? ''
      : containerStats(now, this.#face.dialect, served.stamp());
  }
}

function isTrue(value: string | null, otherwise: boolean): boolean {
  return value === null ? otherwise : !FALSE_WORDS.includes(value.toLowerCase());
}
