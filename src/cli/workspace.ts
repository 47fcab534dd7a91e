import type { WorkspaceJson } from '../api/contract/entity-schemas.ts';

/** A workspace as the API tells it and as `--json` prints it. */
export type Workspace = WorkspaceJson;
