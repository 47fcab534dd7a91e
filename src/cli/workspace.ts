import type { WorkspaceJson } from '../api/contract/entity-schemas.ts';

/** What a daemon older than this command line does not tell. */
type LaterField = 'exceeded' | 'labelProblems' | 'diskUsed' | 'lastActivity' | 'lastActivityKind';

/** A workspace as the API tells it and as `--json` prints it. */
export type Workspace = Omit<WorkspaceJson, LaterField> & Partial<Pick<WorkspaceJson, LaterField>>;
