/** Fails on an import that the layers forbid, on an import cycle and on names that say nothing. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { findCycles, importsOf } from './import-graph.ts';
import { emptyName, forbidden, isTest, roomOf } from './layer-rules.ts';

const files = ['src', 'web']
  .filter((folder) => existsSync(folder))
  .flatMap((folder) => readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => `${folder}/${name}`))
  .filter((file) => /\.tsx?$/.test(file) && !file.includes('node_modules/'))
  .toSorted();
const edges = files.flatMap((file) => importsOf(file, readFileSync(file, 'utf8')));

const problems = [
  ...files.filter((file) => !roomOf(file)).map((file) => `${file}: belongs to no room of scripts/layers.ts`),
  ...edges.flatMap((edge) => {
    const why = forbidden(edge);
    return why === null ? [] : [`${edge.from} → ${edge.to}: ${why}`];
  }),
  ...findCycles(edges.filter((edge) => !isTest(edge.from))).map(
    (cycle) => `import cycle: ${[...cycle, cycle[0]].join(' → ')}`,
  ),
  ...files.flatMap((file) => {
    const name = emptyName(file);
    return name === null ? [] : [`${file}: "${name}" says nothing about what is inside`];
  }),
];

for (const problem of problems) console.error(problem);
if (problems.length > 0) process.exit(1);
console.log(`layers: ${files.length} files, ${edges.length} imports, no forbidden one, no cycle`);
