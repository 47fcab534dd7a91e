import { ERRORS } from '../model/errors.ts';
import type { RouteFrames, RouteSpec } from './contract/route-spec.ts';
import { ROUTES } from './contract/routes.ts';
import { COMMON_ERRORS, WITHOUT_BODY } from './openapi.ts';
import { cell, fieldRows } from './schema-table.ts';

/** `docs/reference/http.md`, made from the contract. */
export function renderHttpReference(): string {
  const routes = Object.values<RouteSpec>(ROUTES);
  return `${[...head(routes), ...routes.flatMap(section)].join('\n')}\n`;
}

function head(routes: readonly RouteSpec[]): string[] {
  return [
    '# HTTP reference',
    '',
    'Generated from `src/api/contract/`. How to use it: [HTTP guide](../guides/http-api.md). The same as OpenAPI 3.1 is at `/openapi.json`, and at `/docs` as a page to try it at.',
    '',
    `Every route may also answer ${COMMON_ERRORS.map((code) => `\`${code}\` (${ERRORS[code].status})`).join(', ')}; all codes are in the [error reference](errors.md).`,
    '',
    '| request | gives |',
    '| --- | --- |',
    ...routes.map(({ method, path, summary }) => `| \`${method} ${path}\` | ${cell(summary)} |`),
  ];
}

function section({
  method,
  path,
  summary,
  query,
  body,
  answer,
  otherwise,
  errors = [],
  access,
  frames,
  sentEvents,
}: RouteSpec): string[] {
  const answers = [answer, ...(otherwise ? [otherwise] : [])];
  return [
    '',
    `## ${method} ${path}`,
    '',
    summary,
    '',
    access === 'open' ? 'Needs no token.' : `Needs the role ${access}.`,
    '',
    ...fieldRows('query parameter', query),
    ...fieldRows('body field', body),
    ...answers.map(({ status, description, schema, mediaType = 'application/json', textTypes = [] }) => {
      const { $id } = (schema ?? {}) as { $id?: string };
      const types = [mediaType, ...textTypes].map((type) => `\`${type}\``).join(' or ');
      const shape = WITHOUT_BODY.has(status) ? '' : ` ${$id === undefined ? '' : `\`${$id}\` as `}${types}`;
      return `- ${status}:${shape} (${description})`;
    }),
    ...errors.map((code) => `- ${ERRORS[code].status}: \`${code}\``),
    ...(frames
      ? [...frameSections('The client sends', frames.client), ...frameSections('The server sends', frames.server)]
      : []),
    ...(sentEvents ? frameSections('Events of the stream', sentEvents) : []),
  ];
}

function frameSections(title: string, frames: RouteFrames['client']): string[] {
  const sections = Object.entries<{ readonly description?: string }>(frames).map(([type, frame]) => [
    '',
    `**\`${type}\`**: ${frame.description}`,
    '',
    ...fieldRows('field', frame).slice(0, -1),
  ]);
  return ['', `### ${title}`, ...sections.flat()];
}
