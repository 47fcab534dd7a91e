/** Ends and removes the engines of test runs that ended without their teardown. */
import { sweepOrphans } from '../test/env/engine-folder.ts';

for (const folder of await sweepOrphans()) console.log(`removed what an earlier test run left in ${folder}`);
