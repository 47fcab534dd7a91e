import { expect, it } from 'vitest';
import { roleOf } from './container-role.ts';

it.each([
  ['nothing said', {}, null],
  ['service', { 'tidewatch.role': 'service' }, 'service'],
  ['one-shot, as people write it', { 'tidewatch.role': ' One-Shot ' }, 'one-shot'],
  ['oneshot in one word', { 'tidewatch.role': 'oneshot' }, 'one-shot'],
  ['helper', { 'tidewatch.role': 'helper' }, 'helper'],
  ['an unknown word', { 'tidewatch.role': 'sidecar' }, null],
  ['docker compose run', { 'com.docker.compose.oneoff': 'True' }, 'helper'],
  ['docker compose up', { 'com.docker.compose.oneoff': 'False' }, null],
  ['a global container of Lando', { 'io.lando.container': 'TRUE', 'io.lando.service-container': 'TRUE' }, 'helper'],
  ['an action of DDEV', { 'com.ddev.site-name': 'site-php-action' }, 'helper'],
  ['a service of DDEV', { 'com.ddev.site-name': 'site' }, null],
  ['own label over the tool’s', { 'tidewatch.role': 'service', 'com.docker.compose.oneoff': 'True' }, 'service'],
  ['a label of the prototype', { constructor: 'helper' }, null],
])('%s', (...[, labels, role]) => {
  expect(roleOf(labels as Record<string, string>)).toBe(role);
});
