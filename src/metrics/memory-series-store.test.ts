import { memorySeriesStore } from './memory-series-store.ts';
import { describeSeriesStore } from './series-store.contract.ts';

describeSeriesStore('memory', memorySeriesStore);
