import { existsSync } from 'node:fs';
import { join, sep } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance } from 'fastify';
import { API_BASE } from './contract/route-spec.ts';

const NOT_BUILT = `Tidewatch runs, but its page was not built. Build it with: make build
The API is at /api/v1, its description at /openapi.json.
`;

/** Where else they may be looked for. */
const ELSEWHERE = ['/docs', '/openapi.json'] as const;

/** The pages, from the folder the build made; a plain message when there is none. */
export async function staticSite(app: FastifyInstance, { webRoot }: { webRoot: string | null }): Promise<void> {
  for (const path of ELSEWHERE) {
    const open = { config: { access: 'open' } } as const;
    app.get(`${API_BASE}${path}`, open, (_request, reply) => reply.redirect(path, 308));
  }
  if (webRoot === null || !existsSync(join(webRoot, 'index.html'))) {
    for (const path of ['/', '/docs']) {
      app.get(path, (_request, reply) => reply.code(404).type('text/plain; charset=utf-8').send(NOT_BUILT));
    }
    return;
  }
  const hashed = join(webRoot, 'assets') + sep;
  await app.register(fastifyStatic, {
    root: webRoot,
    // The build put them there.
    preCompressed: true,
    cacheControl: false,
    dotfiles: 'ignore',
    setHeaders(reply, path) {
      // Names of assets hold their content's hash; the page itself must be asked for each time.
      const lasts = path.startsWith(hashed);
      reply.header('cache-control', lasts ? 'private, max-age=31536000, immutable' : 'no-cache');
    },
  });
  app.get('/docs', (_request, reply) => reply.sendFile('docs.html'));
}
