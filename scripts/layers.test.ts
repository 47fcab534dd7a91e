import { describe, expect, test } from 'vitest';
import { findCycles, importsOf } from './import-graph.ts';
import { emptyName, forbidden } from './layer-rules.ts';

const edge = (from: string, to: string, typeOnly = false) => ({ from, to, typeOnly });

describe('reading imports', () => {
  test('every form of import is seen, over several lines too', () => {
    const source = [
      "import { a } from './a.ts';",
      "import type { B } from '../b.ts';",
      'import {',
      '  c,',
      '  type D,',
      "} from './c.ts';",
      "import './side-effect.ts';",
      "export * from './e.ts';",
      "export type { F } from './f.ts';",
      "const g = await import('./g.ts');",
    ].join('\n');
    expect(importsOf('src/x/y.ts', source)).toEqual([
      edge('src/x/y.ts', 'src/x/a.ts'),
      edge('src/x/y.ts', 'src/b.ts', true),
      edge('src/x/y.ts', 'src/x/c.ts'),
      edge('src/x/y.ts', 'src/x/e.ts'),
      edge('src/x/y.ts', 'src/x/f.ts', true),
      edge('src/x/y.ts', 'src/x/side-effect.ts'),
      edge('src/x/y.ts', 'src/x/g.ts'),
    ]);
  });

  test('packages, examples in comments and strings are no imports of the project', () => {
    const source = [
      "import { readFile } from 'node:fs';",
      '/**',
      " * import { a } from './a.ts';",
      ' */',
      "const text = `import { b } from './b.ts'`;",
    ].join('\n');
    expect(importsOf('src/x.ts', source)).toEqual([]);
  });
});

describe('layers', () => {
  test.each([
    ['src/tracker/tracker.ts', 'src/engine/engine.ts'],
    ['src/tracker/tracker.ts', 'src/tracker/world.ts'],
    ['src/storage/sqlite/log.ts', 'src/events/event-log.ts'],
    ['src/cli/commands/serve.ts', 'src/daemon/daemon.ts'],
    ['src/daemon/wiring.ts', 'src/daemon/config/load-config.ts'],
    ['src/client/client.ts', 'src/api/contract/routes.ts'],
    ['web/app.ts', 'src/client/client.ts'],
    ['src/index.ts', 'src/tracker/tracker.ts'],
    ['src/tracker/tracker.test.ts', 'src/engine/fake/fake-engine.ts'],
    ['src/events/bus.test.ts', 'src/engine/fake/fake-engine.ts'],
  ])('%s may import %s', (from, to) => {
    expect(forbidden(edge(from, to))).toBeNull();
  });

  test.each([
    ['src/engine/engine.ts', 'src/tracker/tracker.ts', 'imports point down'],
    ['src/engine/engine.ts', 'src/events/bus.ts', 'siblings'],
    ['src/api/server.ts', 'src/storage/sqlite/log.ts', 'siblings'],
    ['src/storage/sqlite/log.ts', 'src/tracker/tracker.ts', 'the port it fills'],
    ['src/cli/commands/ls.ts', 'src/daemon/daemon.ts', 'through the client'],
    ['src/daemon/config/keys.ts', 'src/daemon/daemon.ts', 'imports point down'],
    ['src/client/client.ts', 'src/api/server.ts', 'contract'],
    ['src/tracker/tracker.test.ts', 'src/api/server.ts', 'crosses rooms'],
    ['src/tracker/a.ts', 'bench/support/heap.ts', 'no room'],
    ['src/api/a.ts', 'test/support/eventually.ts', 'no room'],
  ])('%s may not import %s', (from, to, why) => {
    expect(forbidden(edge(from, to))).toContain(why);
  });

  test('a type-only import is bound by the layers as well', () => {
    expect(forbidden(edge('src/model/a.ts', 'src/tracker/b.ts', true))).not.toBeNull();
  });
});

describe('cycles', () => {
  test('a cycle is told once, as the way around it', () => {
    expect(findCycles([edge('a', 'b'), edge('b', 'c'), edge('c', 'a'), edge('d', 'a')])).toEqual([['a', 'b', 'c']]);
  });

  test('a file that imports itself is a cycle', () => {
    expect(findCycles([edge('a', 'a')])).toEqual([['a']]);
  });

  test('type-only imports close no cycle', () => {
    expect(findCycles([edge('a', 'b'), edge('b', 'a', true)])).toEqual([]);
  });
});

test('names that say nothing are found in folders and files', () => {
  expect(emptyName('src/utils/time.ts')).toBe('utils');
  expect(emptyName('src/time/helper.test.ts')).toBe('helper');
  expect(emptyName('src/tracker/tracker.ts')).toBeNull();
});
