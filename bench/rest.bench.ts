/**
 * The API over HTTP at scale: the list of 1,000 workspaces with figures that change meanwhile, the same list when the client has it
 * already, and single workspaces, beside a bare server of Node that gives the same bytes with the same headers.
 */
import type { SampleAnswer } from './processes/rest-server.ts';
import { type Child, startChild } from './support/child.ts';
import { report } from './support/result.ts';
import { round, type Spread, spreadOf } from './support/spread.ts';
import type { TimedGets } from './support/timed-gets.ts';

const WORKSPACES = 1_000;
const LIST = `/api/v1/workspaces?limit=${WORKSPACES}`;
const WARM_UP = 200;
const LISTS = 300;
const ROUNDS = 5;
const FLOOD_SECONDS = 3;
/** So long after the list before, each figure has changed where they are read once a second. */
const ALL_CHANGED_MS = 1_100;
const ALL_CHANGED_LISTS = 30;

await using engine = await startChild('fake-engine', String(WORKSPACES));
await using clients = await startChild('rest-clients');
const host = await engine.ask<string>('host');

const often = await measureLists(1_000);
const seldom = await measureLists(10_000);
const single = await measureSingle();

report({
  bars: [
    bar(`list of 1,000, figures read each second, p99`, { floor: 25, aim: 8, measured: often.list.p99 }),
    bar(`list of 1,000, figures read each 10 s, p99`, { floor: 25, aim: 8, measured: seldom.list.p99 }),
    bar('… every figure changed since the list before, p99', { floor: 25, aim: 8, measured: often.allChanged.p99 }),
    bar('… nothing changed since (304), p99', { floor: null, aim: 1, measured: seldom.unchanged.p99 }),
    {
      bar: 'GET of one workspace: time of a request, times that of bare node:http',
      unit: '×',
      // At least 0.6, better 0.8 of its requests a second.
      floor: round(1 / 0.6),
      aim: round(1 / 0.8),
      measured: round(1 / spreadOf(single.ratios).median),
    },
  ],
  figures: {
    'list, figures read each second, ms': often.list,
    'list, figures read each 10 s, ms': seldom.list,
    'list, every figure changed since the list before, ms': often.allChanged,
    'list, nothing changed since (304), ms': seldom.unchanged,
    'list: processor time of the server, figures read each second, ms': often.cpuMs,
    'list: processor time of the server, figures read each 10 s, ms': seldom.cpuMs,
    'list: processor time of the server, 304, ms': seldom.unchangedCpuMs,
    'list, bytes': often.bytes,
    'one workspace, requests a second': spreadOf(single.perSecond),
    'one workspace, requests a second of bare node:http': spreadOf(single.barePerSecond),
    'one workspace, requests a second as a part of bare node:http': spreadOf(single.ratios),
    'one workspace: processor time of the server, µs': spreadOf(single.cpuUs),
    'one workspace: processor time of bare node:http, µs': spreadOf(single.bareCpuUs),
    'one workspace: processor time of bare node:http as a part of ours': spreadOf(single.cpuRatios),
    'one workspace, bytes': single.bytes,
  },
  notes: [
    `${WORKSPACES} workspaces of one container each on a fake engine, behind the real tracker, monitor and API; figures come from a function. Engine, server and clients are processes of their own.`,
    `Lists: ${LISTS} one after the other over one connection, until the last byte, after ${WARM_UP} to warm up; those of which all changed ${ALL_CHANGED_MS} ms apart.`,
    `304: reading is stopped, so that nothing changes; each is asked for with the tag of the answer before. What the engine confirms each 13 s changes all: such answers are counted too.`,
    `One workspace: ${ROUNDS} rounds of ${FLOOD_SECONDS} s for each server in turn, autocannon with 10 connections; the part is that of each round, the median of these is the bar. Each request's token is looked at.`,
  ],
  engine: 'fake, over HTTP on a socket',
});

function bar(name: string, { floor, aim, measured }: { floor: number | null; aim: number; measured: number }) {
  return { bar: name, unit: 'ms', floor, aim, measured };
}

interface Lists {
  readonly list: Spread;
  readonly cpuMs: number;
  readonly allChanged: Spread;
  readonly unchanged: Spread;
  readonly unchangedCpuMs: number;
  readonly bytes: number;
}

async function measureLists(intervalMs: number): Promise<Lists> {
  await using server = await startServer(intervalMs);
  const port = await server.ask<number>('port');
  const lists = (count: number, { pauseMs = 0, revalidate = false } = {}) =>
    clients.ask<TimedGets>('list', { port, path: LIST }, { count, pauseMs, revalidate });
  const costed = async (options = {}) => {
    const before = await server.ask<number>('cpuUs');
    const timed = await lists(LISTS, options);
    return { timed, cpuMs: round(((await server.ask<number>('cpuUs')) - before) / 1_000 / LISTS) };
  };
  await lists(WARM_UP);
  const { timed, cpuMs } = await costed();
  const allChanged = intervalMs > ALL_CHANGED_MS ? timed : await lists(ALL_CHANGED_LISTS, { pauseMs: ALL_CHANGED_MS });
  await server.ask('freeze');
  await lists(WARM_UP, { revalidate: true });
  const unchanged = await costed({ revalidate: true });
  if ((unchanged.timed.statuses[304] ?? 0) < LISTS * 0.9) throw new Error(JSON.stringify(unchanged.timed.statuses));
  return {
    list: spreadOf(timed.tookMs),
    cpuMs,
    allChanged: spreadOf(allChanged.tookMs),
    unchanged: spreadOf(unchanged.timed.tookMs),
    unchangedCpuMs: unchanged.cpuMs,
    bytes: timed.bytes,
  };
}

/** A server whose workspaces all have figures. */
async function startServer(intervalMs: number): Promise<Child> {
  const server = await startChild('rest-server', host, String(intervalMs));
  while ((await server.ask<number>('measured')) < WORKSPACES) await new Promise((resolve) => setTimeout(resolve, 200));
  return server;
}

async function measureSingle() {
  await using ours = await startServer(10_000);
  await using bare = await startChild('bare-server');
  const sample = await ours.ask<SampleAnswer>('sample');
  await bare.ask('serve', sample);
  const flood = async (server: Child, seconds: number) => {
    const before = await server.ask<number>('cpuUs');
    const target = { port: await server.ask<number>('port'), path: sample.path };
    const { perSecond, requests } = await clients.ask<{ perSecond: number; requests: number }>(
      'flood',
      target,
      seconds,
    );
    return { perSecond: round(perSecond), cpuUs: round(((await server.ask<number>('cpuUs')) - before) / requests) };
  };
  const rounds: { readonly own: Flood; readonly other: Flood }[] = [];
  await flood(ours, FLOOD_SECONDS);
  await flood(bare, FLOOD_SECONDS);
  for (let round = 0; round < ROUNDS; round += 1) {
    rounds.push({ own: await flood(ours, FLOOD_SECONDS), other: await flood(bare, FLOOD_SECONDS) });
  }
  return {
    ratios: rounds.map(({ own, other }) => own.perSecond / other.perSecond),
    perSecond: rounds.map(({ own }) => own.perSecond),
    barePerSecond: rounds.map(({ other }) => other.perSecond),
    cpuUs: rounds.map(({ own }) => own.cpuUs),
    bareCpuUs: rounds.map(({ other }) => other.cpuUs),
    cpuRatios: rounds.map(({ own, other }) => other.cpuUs / own.cpuUs),
    bytes: sample.body.length,
  };
}

interface Flood {
  readonly perSecond: number;
  readonly cpuUs: number;
}
