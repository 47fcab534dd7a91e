/** Bytes of the history on disk: of a sample as it was taken, beside Prometheus and VictoriaMetrics, and of a workspace-year. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SeriesStore } from '../src/metrics/series-store.ts';
import { METRICS } from '../src/model/metric-catalogue.ts';
import { measureIn } from './support/measure-in.ts';
import { anomalyBenchmark, dataCentres, PUBLIC_NOTE } from './support/public-series.ts';
import {
  asContainers,
  chained,
  everyTenSeconds,
  onlyMetrics,
  REAL_NOTE,
  RECORDED,
  type RealSeries,
  realDataObstacle,
  recordedMachines,
} from './support/real-series.ts';
import { RECORDING_NOTE, recordedHours } from './support/recording.ts';
import { type Replayed, replay } from './support/replayed-history.ts';
import { type Bar, report } from './support/result.ts';
import { round } from './support/spread.ts';
import {
  folderBytes,
  type PeerSeries,
  peersObstacle,
  prometheusBlocks,
  startVictoriaMetrics,
  victoriaBytes,
} from './support/time-series-peers.ts';

const MACHINES = 8;
const START = Date.UTC(2025, 0, 1);
const DAY_MS = 86_400_000;
/** Past what the minutes are kept: after it only hours and days become more. */
const YEAR_DAYS = 32;
const CONTAINERS = 2;
const MB = 2 ** 20;

type SetName = 'real' | 'full' | 'replayed' | 'native' | 'centres' | 'nab';

const SETS: Readonly<Record<SetName, string>> = {
  real: 'real containers at 10 s, 12 metrics',
  full: 'containers made of machines at 10 s, 12 metrics',
  replayed: 'machines as recorded but at 10 s, 6 metrics',
  native: 'machines at 300 s as recorded, 6 metrics',
  centres: 'data centres at 300 s',
  nab: 'NAB, each a workspace of one metric',
};

const folder = mkdtempSync(join(tmpdir(), 'tw-size-'));
await measureIn(folder, main, [realDataObstacle(), peersObstacle()]);

/** Bytes per sample of one set of series. */
interface Sizes {
  readonly ours: number;
  readonly packed: number;
  readonly prometheus: number;
  readonly victoria: number;
  readonly samples: number;
}

async function main(): Promise<void> {
  const machines = recordedMachines();
  const recorded = machines.slice(0, MACHINES).map((machine) => onlyMetrics(machine, RECORDED));
  const containers = asContainers(machines).map((one) => everyTenSeconds(one, START));
  const sets = {
    real: await sizesOf('real', recordedHours(START)),
    full: await sizesOf('full', containers.slice(0, MACHINES)),
    replayed: await sizesOf(
      'replayed',
      recorded.map((one) => everyTenSeconds(one, START)),
    ),
    native: await sizesOf('native', recorded),
    centres: await sizesOf('centres', dataCentres(START)),
    nab: await sizesOf('nab', anomalyBenchmark(START)),
  };
  tell(sets, await measureYear(containers));
}

async function sizesOf(name: string, series: readonly RealSeries[]): Promise<Sizes> {
  const place = join(folder, name);
  mkdirSync(place);
  const ours = await replay({
    dataDir: join(place, 'ours'),
    series,
    retention: { raw: 10_000 * DAY_MS },
    through: rawOnly,
  });
  const theirs = series.flatMap(peerSeries);
  const samples = theirs.reduce((sum, { at }) => sum + at.length, 0);
  const blocks = folderBytes(await prometheusBlocks(place, theirs));
  {
    await using _server = await startVictoriaMetrics(place, theirs);
  }
  const victoria = victoriaBytes(place, theirs);
  rmSync(place, { recursive: true });
  const per = (bytes: number) => round(bytes / samples);
  return {
    ours: per(ours.fileBytes),
    packed: per(ours.store.tiers.raw.bytes),
    prometheus: per(blocks),
    victoria: per(victoria),
    samples,
  };
}

/** One for each metric of which anything is known, without the instants at which it is not. */
function peerSeries({ name: workspace, at, values }: RealSeries): PeerSeries[] {
  return METRICS.flatMap((metric, index) => {
    const column = values[index] as Float64Array;
    const isKnown = (_: number, row: number) => !Number.isNaN(column[row]);
    const known = { metric, workspace, at: at.filter(isKnown), values: column.filter(isKnown) };
    return known.at.length > 0 ? [known] : [];
  });
}

/** The rollups have a bar of their own. */
function rawOnly(store: SeriesStore): SeriesStore {
  return new Proxy(store, {
    get(target, name) {
      if (name === 'putBlocks') {
        return (...[blocks, before]: Parameters<SeriesStore['putBlocks']>) =>
          target.putBlocks(
            blocks.filter(({ tier }) => tier === 'raw'),
            before,
          );
      }
      const member = Reflect.get(target, name) as unknown;
      return typeof member === 'function' ? member.bind(target) : member;
    },
  });
}

interface Year {
  /** MB of a workspace after a year: what is kept at most of samples and minutes, and a year of hours and days. */
  readonly mb: number;
  readonly tiers: Readonly<Record<string, number>>;
  readonly overhead: number;
  readonly replayed: Replayed;
}

/** A month of some containers at the default tiers, in which samples and minutes reach what they are kept at most; hours and days scaled. */
async function measureYear(containers: readonly RealSeries[]): Promise<Year> {
  const series = Array.from({ length: CONTAINERS }, (_, index) => longSeries(containers, index));
  const replayed = await replay({ dataDir: join(folder, 'year'), series });
  const { tiers } = replayed.store;
  const packed = Object.values(tiers).reduce((sum, { bytes }) => sum + bytes, 0);
  const overhead = replayed.fileBytes / packed;
  const years = { raw: 1, minute: 1, hour: 365 / YEAR_DAYS, day: 365 / YEAR_DAYS };
  const mbOf = (tier: keyof typeof years) => (tiers[tier].bytes * years[tier] * overhead) / CONTAINERS / MB;
  const byTier = { raw: mbOf('raw'), minute: mbOf('minute'), hour: mbOf('hour'), day: mbOf('day') };
  return { mb: byTier.raw + byTier.minute + byTier.hour + byTier.day, tiers: byTier, overhead, replayed };
}

/** A month at 10 s: several machines one after the other. */
function longSeries(containers: readonly RealSeries[], first: number): RealSeries {
  const own = containers.filter((_, index) => index % CONTAINERS === first);
  return chained(`container-${first}`, own, { start: START, stepMs: 10_000, rows: (YEAR_DAYS * DAY_MS) / 10_000 });
}

function tell(sets: Readonly<Record<SetName, Sizes>>, year: Year): void {
  const names = Object.keys(SETS) as SetName[];
  const figuresOf = (name: string, { samples, ...sizes }: Sizes) => ({
    [`${name}: samples`]: samples,
    [`${name}: ours, file, bytes a sample`]: sizes.ours,
    [`${name}: ours, packed alone`]: sizes.packed,
    [`${name}: Prometheus`]: sizes.prometheus,
    [`${name}: VictoriaMetrics`]: sizes.victoria,
  });
  report({
    bars: [
      ...names.map((name) => sizeBar(name, sets[name])),
      { bar: 'a workspace-year at the default tiers', unit: 'MB', floor: 30, aim: 10, measured: round(year.mb) },
    ],
    figures: {
      ...Object.assign({}, ...names.map((name) => figuresOf(SETS[name], sets[name]))),
      ...Object.fromEntries(Object.entries(year.tiers).map(([tier, mb]) => [`year: ${tier}, MB`, round(mb)])),
      'year: bytes of the file for each packed byte': round(year.overhead),
      'year: blocks in the store': Object.values(year.replayed.store.tiers).reduce(
        (sum, { blocks }) => sum + blocks,
        0,
      ),
      'year: seconds to replay': round(year.replayed.wallMs / 1000),
    },
    notes: [
      RECORDING_NOTE,
      REAL_NOTE,
      PUBLIC_NOTE,
      'A sample is one value of one metric; what is not known is none. Ours: all of history.db after it was closed, taken through the collector in the blocks it always makes, without rollups. Prometheus: all files of its blocks of up to 20 days, made by promtool. VictoriaMetrics: its data and index after its own flush and merge.',
      `${MACHINES} machines. "At 10 s": the same values one after the other every ten seconds; they leap more than a container does within seconds. "Containers made of machines": with memory in pages, rates to the byte and twelve metrics, made of the CPU of other machines where none was recorded.`,
      'The floor is 0.3 of what Prometheus takes, the aim what VictoriaMetrics takes, and for containers at most 1 byte.',
      `The year: ${YEAR_DAYS} days of ${CONTAINERS} containers made of machines through the collector with its default tiers, by a clock that goes faster; samples (7 days) and minutes (30 days) are then at their most, hours and days are scaled from ${YEAR_DAYS} to 365 days.`,
    ],
    engine: 'none',
  });
}

function sizeBar(name: SetName, { ours, prometheus, victoria }: Sizes): Bar {
  const peer = { name: 'VictoriaMetrics', measured: victoria };
  const aim = name === 'real' || name === 'full' ? Math.min(1, victoria) : victoria;
  return { bar: `bytes a sample, ${SETS[name]}`, unit: 'B', floor: round(0.3 * prometheus), aim, measured: ours, peer };
}
