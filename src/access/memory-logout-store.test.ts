import { describeLogoutStore } from './logout-store.contract.ts';
import { memoryLogoutStore } from './memory-logout-store.ts';

describeLogoutStore('log-outs in memory', memoryLogoutStore);
