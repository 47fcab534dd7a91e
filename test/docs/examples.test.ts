import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { FakeEngine } from '../../src/engine/fake/fake-engine.ts';
import { describeUnless } from '../env/shared-docker.ts';
import { codeBlocksOf, guideFiles } from './code-blocks.ts';

const run = promisify(execFile);

const notBuilt = await access('dist/index.d.ts').then(
  () => null,
  () => 'dist/ is not built; run make build',
);

/** What a reader is told to put in: documents leave it out. */
const GIVEN = `
declare const token: string;
declare const engine: import('tidewatch').Engine;
declare const tracker: import('tidewatch').Tracker;
declare const bus: import('tidewatch').EventBus;
declare const secret: string;
declare const body: string;
declare const headers: Record<'webhook-id' | 'webhook-timestamp' | 'webhook-signature', string>;
declare const database: { all(): Promise<import('tidewatch').WorkspaceRecord[]>; save(record: unknown): Promise<void> };
declare function save(event: unknown): Promise<void>;
declare function readAllAgain(): void;
`;

const CONFIG = {
  extends: resolve('tsconfig.json'),
  compilerOptions: { noUnusedLocals: false, noUnusedParameters: false, skipLibCheck: true },
  include: ['*.ts'],
};

let folder: string;
beforeAll(async () => {
  // Inside the package: there `tidewatch` is this very package, as it will be published.
  await mkdir('.test', { recursive: true });
  folder = await mkdtemp(join('.test', 'examples-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const examplesOf = (file: string) => codeBlocksOf(file).filter(({ language }) => language === 'ts');

describeUnless(notBuilt, 'the examples in the documents', () => {
  it('fit the types of the package', async () => {
    const names: string[] = [];
    for (const document of guideFiles()) {
      for (const { line, code } of examplesOf(document)) {
        // The development guide is about the inside of the house.
        if (document.endsWith('development.md')) continue;
        const name = `${document.replace(/\W+/g, '-')}-${line}.ts`;
        await writeFile(join(folder, name), code.includes('import ') ? code : `export {};\n${code}`);
        names.push(name);
      }
    }
    await writeFile(join(folder, 'given.d.ts'), GIVEN);
    await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(CONFIG));
    const { stdout } = await run('node_modules/.bin/tsc', ['-p', folder]).catch((error: { stdout: string }) => error);
    expect(stdout).toBe('');
    expect(names.length).toBeGreaterThan(5);
  });

  it('of tests without Docker ends with what it says', async () => {
    const examples = examplesOf('docs/guides/library.md');
    const file = join(folder, 'without-docker.ts');
    await writeFile(file, examples.find(({ code }) => code.includes('tidewatch/testing'))?.code ?? '');
    const { stdout } = await run(process.execPath, ['--import', 'tsx', file]);
    expect(stdout).toBe('compose:shop\n');
  });

  it.each(['README.md', 'README.ko.md'])('of %s runs and tells what happens', async (document) => {
    await using engine = await FakeEngine.listen();
    engine.run({ name: 'shop' });
    const [example] = examplesOf(document);
    const file = join(folder, `${document.replace(/\W+/g, '-')}-run.ts`);
    await writeFile(file, example?.code ?? '');
    const env = { ...process.env, DOCKER_HOST: engine.host };
    const child = spawn(process.execPath, ['--import', 'tsx', file], { env, stdio: ['ignore', 'pipe', 'inherit'] });
    try {
      let out = '';
      child.stdout.on('data', (chunk: Buffer) => {
        out += chunk.toString('utf8');
      });
      const wait = { timeout: 30_000 };
      await expect.poll(() => out, wait).toMatch(/^shop active running/m);
      engine.die('shop', { exitCode: 3 });
      await expect.poll(() => out, wait).toMatch(/shop.*running → crashed.*exit code 3/);
      child.kill('SIGINT');
      expect(await once(child, 'close')).toEqual([0, null]);
    } finally {
      child.kill('SIGKILL');
    }
  });
});
