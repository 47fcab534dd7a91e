import type { WorkspaceId } from '../model/workspace.ts';
import type { WorkspacePatch, WorkspaceRecord, WorkspaceService } from './workspace-service.ts';

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
      const record = { ...(records.get(id) ?? blank(id, patch)), ...patch };
      records.set(id, record);
      return record;
    },
    async remove(id) {
      records.delete(id);
    },
  };
}

function blank(id: WorkspaceId, patch: WorkspacePatch): WorkspaceRecord {
  const at = patch.updatedAt ?? 0;
  const named = { id, name: id, owner: null, labels: {}, source: { rule: 'registry', evidence: null } };
  return { ...named, status: 'inactive', reason: '', statusSince: at, createdAt: at, updatedAt: at };
}
