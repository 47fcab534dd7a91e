import type { WorkspaceId } from '../model/workspace.ts';
import { patchedRecord, type WorkspaceRecord, type WorkspaceService } from './workspace-service.ts';

/** A registry that lasts as long as the process. */
export function memoryWorkspaceService(initial: Iterable<WorkspaceRecord> = []): WorkspaceService {
  const records = new Map<WorkspaceId, WorkspaceRecord>();
  for (const record of initial) records.set(record.id, record);
  return {
    exclusive: true,
    async list() {
      return [...records.values()];
    },
    async get(id) {
      return records.get(id);
    },
    async update(id, patch) {
      const record = patchedRecord(id, records.get(id), patch);
      records.set(id, record);
      return record;
    },
    async remove(id) {
      records.delete(id);
    },
  };
}
