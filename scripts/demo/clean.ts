/** `make demo-clean` */
import { removeDemo } from './remove-demo.ts';

console.log((await removeDemo()) ? 'demo: removed its containers, engine, daemon and data' : 'demo: nothing to remove');
