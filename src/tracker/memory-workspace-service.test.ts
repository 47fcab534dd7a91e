import { expect, it } from 'vitest';
import { memoryWorkspaceService } from './memory-workspace-service.ts';
import { describeWorkspaceService, recordOf } from './workspace-service.contract.ts';

describeWorkspaceService('memory', () => memoryWorkspaceService());

it('the memory registry can begin with records', async () => {
  const service = memoryWorkspaceService([recordOf('a')]);
  expect(await service.get('a')).toEqual(recordOf('a'));
});
