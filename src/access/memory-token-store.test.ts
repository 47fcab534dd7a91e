import { memoryTokenStore } from './memory-token-store.ts';
import { describeTokenStore } from './token-store.contract.ts';

describeTokenStore('tokens in memory', () => ({ store: memoryTokenStore() }));
