import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, inject, test } from 'vitest';
import { firstObstacle } from '../env/obstacles.ts';
import { prometheusObstacle, startPrometheusServer } from '../env/prometheus.ts';
import { describeUnless, sharedDocker } from '../env/shared-docker.ts';
import { serveDaemon } from '../support/served-daemon.ts';

const RULES = resolve('integrations/prometheus/tidewatch.rules.yml');
const RULE_TESTS = resolve('integrations/prometheus/tidewatch.rules.test.yml');

interface Panel {
  readonly id: number;
  readonly title: string;
  readonly type: string;
  readonly datasource?: { readonly uid: string };
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly { readonly expr: string; readonly datasource: { readonly uid: string } }[];
}
interface Variable {
  readonly name: string;
  readonly type: string;
  readonly definition?: string;
}
const dashboard = JSON.parse(readFileSync('integrations/grafana/tidewatch.json', 'utf8')) as {
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly Variable[] };
};
const expressions = dashboard.panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));
// biome-ignore lint/suspicious/noTemplateCurlyInString: Grafana's variable
const CHOSEN = '${datasource}';
const METRIC = /\b(?:tidewatch|process|nodejs)_[a-z_]+\b/g;

test('every panel of the dashboard asks the data source that its reader chooses, and stands in its own place', () => {
  expect(dashboard.templating.list[0]).toMatchObject({ name: 'datasource', type: 'datasource' });
  const charts = dashboard.panels.filter(({ type }) => type !== 'row');
  expect(charts.length).toBeGreaterThan(20);
  for (const { datasource, targets = [] } of charts) {
    expect([datasource, ...targets.map((one) => one.datasource)].map((one) => one?.uid)).toEqual(
      Array(targets.length + 1).fill(CHOSEN),
    );
  }
  expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(dashboard.panels.length);
  const cells = dashboard.panels.flatMap(({ gridPos: { x, y, w, h } }) =>
    Array.from({ length: w * h }, (_, cell) => `${x + (cell % w)},${y + Math.floor(cell / w)}`),
  );
  expect(new Set(cells).size).toBe(cells.length);
  expect(cells.every((cell) => Number(cell.split(',')[0]) < 24)).toBe(true);
});

const obstacle = await firstObstacle([inject('docker').obstacle, prometheusObstacle()]);

describeUnless(obstacle, 'dashboard and rules beside a real daemon and a real Prometheus', () => {
  test('ask only for metrics that there are', async () => {
    await using daemon = await serveDaemon(sharedDocker().host);
    const answer = await fetch(`${daemon.url}/metrics`, { headers: { authorization: `Bearer ${daemon.token}` } });
    const told = new Set([...(await answer.text()).matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name));
    const variables = dashboard.templating.list.map(({ definition = '' }) => definition);
    const texts = [...expressions, ...variables, readFileSync(RULES, 'utf8'), readFileSync(RULE_TESTS, 'utf8')];
    const asked = new Set(texts.flatMap((text) => text.match(METRIC) ?? []));
    expect(asked.size).toBeGreaterThan(30);
    expect([...asked].filter((name) => !told.has(name))).toEqual([]);
  });

  test('are taken by Prometheus, and the rules pass their own tests', async () => {
    await using daemon = await serveDaemon(sharedDocker().host);
    const config = JSON.stringify({ rule_files: [RULES] });
    await using prometheus = await startPrometheusServer(daemon.folder, { config });
    for (const expr of expressions) {
      const query = expr.replaceAll('$__rate_interval', '1m').replaceAll('$top', '10').replaceAll(/\$\w+/g, '.*');
      const answer = await fetch(`http://127.0.0.1:${prometheus.port}/api/v1/query?${new URLSearchParams({ query })}`);
      expect([query, await answer.json()]).toMatchObject([query, { status: 'success' }]);
    }
    for (const args of [
      ['check', 'rules', RULES],
      ['test', 'rules', RULE_TESTS],
    ]) {
      const { status, stdout, stderr } = spawnSync('promtool', args, { encoding: 'utf8' });
      expect([status, status === 0 ? '' : stdout + stderr]).toEqual([0, '']);
    }
  });
});
