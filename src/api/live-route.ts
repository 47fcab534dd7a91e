import type { FastifyInstance } from 'fastify';
import { ROUTES } from './contract/routes.ts';
import { requireScope } from './known-workspaces.ts';
import type { ClientSeats } from './live/client-seats.ts';
import type { LiveHub } from './live/live-hub.ts';
import type { TrackerPort } from './ports.ts';
import { routeOptionsOf } from './register-routes.ts';
import { addUpgrades } from './upgrade.ts';

interface LiveParts {
  readonly live: LiveHub;
  readonly seats: ClientSeats;
  readonly tracker: Pick<TrackerPort, 'getStats'>;
}

/** `GET /live`: hands the connection to the hub. */
export function registerLiveRoute(app: FastifyInstance, { live, seats, tracker }: LiveParts): void {
  const upgrades = addUpgrades(app);
  app.route({
    ...routeOptionsOf(ROUTES.live),
    exposeHeadRoute: false,
    handler(request, reply) {
      // First, so that a client who asks without a WebSocket hears why it got none.
      seats.check(request.grant);
      upgrades.check(request);
      requireScope(request.grant, tracker);
      request.raw.socket.once('close', seats.take(request.grant));
      upgrades.accept(request, reply, (ends) => live.accept(ends, request.grant));
    },
  });
}
