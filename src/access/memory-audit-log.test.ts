import { describeAuditLog } from './audit-log.contract.ts';
import { memoryAuditLog } from './memory-audit-log.ts';

describeAuditLog('an audit log in memory', memoryAuditLog);
