/** Prints how many fields of a container are told here and which are not: run in a container by places.ts. */
import { createCgroupSource } from '../../src/engine/cgroup/cgroup-source.ts';
import { USAGE_FIELDS } from '../../src/engine/usage.ts';
import { readUsage } from '../support/open-usage.ts';

const [containerId = '', pid] = process.argv.slice(2);
const target = { containerId, pid: Number(pid), network: 'own' } as const;
const reader = await createCgroupSource().open(target, new AbortController().signal);
if ('refused' in reader) throw new Error(reader.refused);
const usage = await readUsage(reader);
const told = USAGE_FIELDS.filter((field) => !Number.isNaN(usage[field]));
console.log(JSON.stringify({ fields: told.length, missing: [...reader.missing.keys()] }));
