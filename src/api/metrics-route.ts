import type { FastifyInstance } from 'fastify';
import { ROUTES } from './contract/routes.ts';
import { Document } from './document.ts';
import type { MetricsTextPort } from './ports.ts';
import { routeOptionsOf } from './register-routes.ts';
import { sendCompressed } from './send-document.ts';

/** `GET /metrics`: figures of now for Prometheus, in the format it asks for. */
export function registerMetricsRoute(app: FastifyInstance, metrics: MetricsTextPort): void {
  /** A text is given to all who ask within a second. */
  const documents = new WeakMap<Buffer, Document>();
  app.route({
    ...routeOptionsOf(ROUTES.getMetricsText),
    async handler(request, reply) {
      const format = prefersOpenMetrics(request.headers.accept ?? '') ? 'openmetrics' : 'prometheus';
      const { mediaType, body } = await metrics.text(format, request.grant.scope);
      const document = documents.get(body) ?? new Document(body);
      documents.set(body, document);
      reply.header('vary', 'accept').header('cache-control', 'no-store').type(mediaType);
      sendCompressed({ request, reply }, document);
      return reply;
    },
  });
}

/** Whether OpenMetrics 1.0 is asked for, and plain text not more so (RFC 9110 §12.5.1). */
export function prefersOpenMetrics(accept: string): boolean {
  let [openMetrics, plain] = [0, 0];
  for (const range of accept.slice(0, 1000).split(',')) {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
    const of = (name: string) => parameters.find((one) => one.startsWith(`${name}=`))?.slice(name.length + 1);
    const weight = Number(of('q') ?? 1) || 0;
    if (type === 'application/openmetrics-text' && (of('version') ?? '1.0.0') === '1.0.0') {
      openMetrics = Math.max(openMetrics, weight);
    } else if (type === 'text/plain') {
      plain = Math.max(plain, weight);
    }
  }
  return openMetrics > 0 && openMetrics >= plain;
}
