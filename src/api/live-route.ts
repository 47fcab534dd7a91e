import type { FastifyInstance } from 'fastify';
import { ROUTES } from './contract/routes.ts';
import type { ClientSeats } from './live/client-seats.ts';
import type { LiveGrant, LiveHub } from './live/live-hub.ts';
import { routeOptionsOf } from './register-routes.ts';
import { addUpgrades } from './upgrade.ts';

/** All workspaces, without an end. */
const WHOLE: LiveGrant = { scope: null, onEnd: () => () => {} };

/** `GET /live`: hands the connection to the hub. */
export function registerLiveRoute(
  app: FastifyInstance,
  { live, seats }: { readonly live: LiveHub; readonly seats: ClientSeats },
): void {
  const upgrades = addUpgrades(app);
  app.route({
    ...routeOptionsOf(ROUTES.live),
    exposeHeadRoute: false,
    handler(request, reply) {
      // First, so that a client who asks without a WebSocket hears why it got none.
      seats.check();
      upgrades.check(request);
      request.raw.socket.once('close', seats.take());
      upgrades.accept(request, reply, (ends) => live.accept(ends, WHOLE));
    },
  });
}
