import { execFile } from 'node:child_process';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, inject, test } from 'vitest';
import { SAMPLES } from '../../scripts/demo/samples.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { buildObstacle, firstObstacle } from './obstacles.ts';
import { describeUnless } from './shared-docker.ts';

const run = promisify(execFile);

describeUnless(await firstObstacle([inject('docker').obstacle, buildObstacle()]), 'the demo', () => {
  test('eight sample workspaces are shown in the state they are in, and nothing is left afterwards', async () => {
    const folder = join(await temporaryFolder(), 'demo');
    const env = { ...process.env, DEMO_FOLDER: folder, DEMO_ONCE: '1', DEMO_PRIVATE: '1', NO_COLOR: '1' };
    const { stdout } = await run(process.execPath, ['--import', 'tsx', 'scripts/demo/main.ts'], { env });
    expect(SAMPLES).toHaveLength(8);
    for (const { workspace, phases } of SAMPLES) {
      const line = stdout
        .split('\n')
        .find((text) => text.includes(workspace) && phases.some((one) => text.includes(one)));
      expect(line, `${workspace} in:\n${stdout}`).toBeDefined();
    }
    await expect(access(folder)).rejects.toThrow('ENOENT');
  }, 240_000);
});
