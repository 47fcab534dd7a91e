import { describeSeriesStore } from '../../metrics/series-store.contract.ts';
import { memorySeriesStore } from './memory-series-store.ts';

describeSeriesStore('memory', memorySeriesStore);
