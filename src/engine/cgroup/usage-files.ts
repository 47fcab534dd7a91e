import { USAGE, type UsageScope } from '../usage.ts';
import {
  cpuMax,
  cpuQuota,
  deviceOperations,
  type FileParser,
  ioStat,
  keyedNumbers,
  oneNumber,
  pressure,
} from './file-parsers.ts';
import { netDev } from './net-dev.ts';

/** One file of a container's cgroup. */
export interface UsageFile extends FileParser {
  readonly name: string;
  /** The v1 controller in whose hierarchy it stands, or `unified`. */
  readonly hierarchy: string;
  /** Each file costs about the same, however little it says: the least scope it is read in decides what it costs. */
  readonly scope: UsageScope;
  /**
   * What must have happened since it was read for it to say something new: `ran` that a process of the container ran, `waited`
   * that one ran or waited, `reclaimed` that one ran or the kernel took memory away. `others too`: others change it, but seldom
   * while all of the container's processes sleep; then the cheap scope leaves it out. Of a container that sleeps, so, few files
   * are read; the full scope reads all.
   */
  readonly changesWhen: 'any time' | 'ran' | 'waited' | 'reclaimed' | 'others too';
  /** Places of the fields in a frame. */
  readonly places: readonly number[];
}

const USER_HZ_NS = 1e7;
const MICROSECOND_NS = 1000;
/** v1 says "no limit" as the largest number of whole pages; it differs with the page size. */
const V1_UNLIMITED = 2 ** 62;

function file(hierarchy: string, name: string, parser: FileParser): UsageFile {
  const places = parser.fields.map((field) => USAGE[field]);
  return { ...parser, hierarchy, name, scope: 'cheap', changesWhen: 'any time', places };
}

function whenRan(one: UsageFile): UsageFile {
  return { ...one, changesWhen: 'ran' };
}

function whenAwake(one: UsageFile): UsageFile {
  return { ...one, changesWhen: 'others too' };
}

function medium(one: UsageFile): UsageFile {
  return { ...one, scope: 'medium' };
}

function level(hierarchy: string, name: string, parser: FileParser): UsageFile {
  return { ...file(hierarchy, name, parser), scope: 'large', changesWhen: 'reclaimed' };
}

function limit(hierarchy: string, name: string, parser: FileParser): UsageFile {
  return { ...file(hierarchy, name, parser), scope: 'full' };
}

function whenWaited(name: string, parser: FileParser): UsageFile {
  return { ...medium(file('unified', name, parser)), changesWhen: 'waited' };
}

/** Of the first process, not of the cgroup. */
export const NET_DEV: UsageFile = whenAwake(file('proc', 'net/dev', netDev));

const PRESSURE = [
  whenWaited('cpu.pressure', pressure('cpuPressureUs')),
  whenWaited('memory.pressure', pressure('memoryPressureUs')),
  whenWaited('io.pressure', pressure('ioPressureUs')),
];

const CPU_QUOTA = cpuQuota();

/**
 * Files of cgroup v1, by scope. The count of processor time comes first: it tells whether anybody ran; without that no
 * process begins or ends. Disk traffic is counted here to whoever causes it.
 */
export const V1_FILES: readonly UsageFile[] = [
  file('cpuacct', 'cpuacct.usage', oneNumber('cpuNs')),
  whenRan(file('pids', 'pids.current', oneNumber('pids'))),
  whenAwake(file('memory', 'memory.usage_in_bytes', oneNumber('memoryCharged'))),
  NET_DEV,
  whenRan(
    file('blkio', 'blkio.throttle.io_service_bytes_recursive', deviceOperations('diskReadBytes', 'diskWriteBytes')),
  ),
  ...[
    file(
      'cpuacct',
      'cpuacct.stat',
      keyedNumbers([
        { key: 'user', field: 'cpuUserNs', scale: USER_HZ_NS },
        { key: 'system', field: 'cpuSystemNs', scale: USER_HZ_NS },
      ]),
    ),
    file(
      'cpu',
      'cpu.stat',
      keyedNumbers([
        { key: 'nr_periods', field: 'cpuPeriods' },
        { key: 'nr_throttled', field: 'cpuThrottledPeriods' },
        { key: 'throttled_time', field: 'cpuThrottledNs' },
      ]),
    ),
    file('memory', 'memory.oom_control', keyedNumbers([{ key: 'oom_kill', field: 'memoryOomKills' }])),
    file('blkio', 'blkio.throttle.io_serviced_recursive', deviceOperations('diskReads', 'diskWrites')),
  ].map((one) => medium(whenRan(one))),
  ...PRESSURE,
  level(
    'memory',
    'memory.stat',
    keyedNumbers([
      { key: 'hierarchical_memory_limit', field: 'memoryLimit', unlimited: V1_UNLIMITED },
      { key: 'total_swap', field: 'memorySwap' },
      { key: 'total_inactive_file', field: 'memoryInactiveFile' },
    ]),
  ),
  level('memory', 'memory.max_usage_in_bytes', oneNumber('memoryPeak')),
  limit('pids', 'pids.max', oneNumber('pidsLimit')),
  limit('cpu', 'cpu.cfs_period_us', CPU_QUOTA.period),
  limit('cpu', 'cpu.cfs_quota_us', CPU_QUOTA.quota),
];

/** The same of cgroup v2. The kernel writes a container's pages to disk when nobody in it runs. */
export const V2_FILES: readonly UsageFile[] = [
  file(
    'unified',
    'cpu.stat',
    keyedNumbers([
      { key: 'usage_usec', field: 'cpuNs', scale: MICROSECOND_NS },
      { key: 'user_usec', field: 'cpuUserNs', scale: MICROSECOND_NS },
      { key: 'system_usec', field: 'cpuSystemNs', scale: MICROSECOND_NS },
      { key: 'nr_periods', field: 'cpuPeriods' },
      { key: 'nr_throttled', field: 'cpuThrottledPeriods' },
      { key: 'throttled_usec', field: 'cpuThrottledNs', scale: MICROSECOND_NS },
    ]),
  ),
  whenRan(file('unified', 'pids.current', oneNumber('pids'))),
  whenAwake(file('unified', 'memory.current', oneNumber('memoryCharged'))),
  NET_DEV,
  whenAwake(file('unified', 'io.stat', ioStat)),
  medium(whenRan(file('unified', 'memory.events', keyedNumbers([{ key: 'oom_kill', field: 'memoryOomKills' }])))),
  ...PRESSURE,
  level('unified', 'memory.stat', keyedNumbers([{ key: 'inactive_file', field: 'memoryInactiveFile' }])),
  level('unified', 'memory.peak', oneNumber('memoryPeak')),
  level('unified', 'memory.swap.current', oneNumber('memorySwap')),
  limit('unified', 'memory.max', oneNumber('memoryLimit')),
  limit('unified', 'pids.max', oneNumber('pidsLimit')),
  limit('unified', 'cpu.max', cpuMax),
];
