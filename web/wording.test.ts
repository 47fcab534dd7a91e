import { describe, expect, it } from 'vitest';
import { en } from './texts/english.ts';
import { ko } from './texts/korean.ts';
import {
  activityText,
  ageText,
  announcementOf,
  eventText,
  exceededFacts,
  exceededText,
  reasonText,
  spanText,
} from './wording.ts';
import type { Workspace } from './workspace.ts';

describe('ages', () => {
  it.each([
    [-1, '0s', '0초'],
    [59_999, '59s', '59초'],
    [125_000, '2m 5s', '2분 5초'],
    [3_540_000, '59m', '59분'],
    [11_520_000, '3h 12m', '3시간 12분'],
    [367_200_000, '4d 6h', '4일 6시간'],
  ])('%d ms is %s, %s', (span, english, korean) => {
    expect([spanText(span, en), spanText(span, ko)]).toEqual([english, korean]);
  });

  it('of what is no instant are empty', () => {
    expect([ageText(null, 0, en), ageText('nonsense', 0, en)]).toEqual(['', '']);
  });
});

describe('the last activity', () => {
  const seen = (kind: string) => ({ lastActivity: '2026-01-01T00:00:00.000Z', lastActivityKind: kind });
  const at = Date.UTC(2026, 0, 1);

  it.each([
    ['cpu', 12, ['active now, CPU', '지금 활동 중, CPU']],
    ['network', 180, ['active 3m 0s ago, network', '3분 0초 전 활동, 네트워크']],
    ['exec', 7_200, ['active 2h 0m ago, exec', '2시간 0분 전 활동, exec']],
  ] as const)('by %s, %d s ago', (kind, seconds, words) => {
    const now = at + seconds * 1000;
    expect([en, ko].map((texts) => activityText(seen(kind), now, texts))).toEqual(words);
  });

  it('is not known before any was seen', () => {
    expect(activityText({ lastActivity: null, lastActivityKind: null }, at, en)).toBe('none seen yet');
  });
});

describe('an exceeded threshold', () => {
  const since = '2026-01-01T00:00:00.000Z';
  const exceeded: Workspace['exceeded'] = [
    { metric: 'cpu', value: 95.2, threshold: 80, unit: 'percent', containerId: null, since },
    { metric: 'networkRx', value: 2048, threshold: 1024, unit: 'bytes/s', containerId: null, since },
  ];
  const now = Date.UTC(2026, 0, 1) + 125_000;

  it.each([
    [en, 'CPU 95.2 %, network received 2.0 KiB/s', 'CPU 95.2 %, above 80 % for 2m 5s'],
    [ko, 'CPU 95.2 %, 네트워크 수신 2.0 KiB/s', 'CPU 95.2 %, 2분 5초 동안 80 % 초과'],
  ])('is told short in the list and in full in the details', (texts, short, full) => {
    expect(exceededText({ exceeded }, texts)).toBe(short);
    expect(exceededFacts({ exceeded }, now, texts)[0]).toBe(full);
    expect(exceededText({ exceeded: [] }, texts)).toBe('');
  });
});

describe('reasons', () => {
  it('keep the daemon’s detail in Korean', () => {
    const message = 'ended by itself with an error: exit code 3';
    expect(reasonText({ code: 'exited_with_error', message }, en)).toBe(message);
    expect(reasonText({ code: 'exited_with_error', message }, ko)).toBe('오류로 스스로 종료됨: exit code 3');
  });

  it('of a newer daemon are shown as they are', () => {
    expect(reasonText({ code: 'constructor' as never, message: 'something new' }, ko)).toBe('something new');
  });
});

describe('events', () => {
  const status = {
    type: 'status_changed',
    message: 'it changed',
    data: { oldStatus: 'active', newStatus: 'inactive', reason: 'crash_loop', containerId: null, changedAt: '' },
  } as never;

  it('have the daemon’s own words in English, and their data in Korean', () => {
    expect(eventText(status, undefined, en)).toBe('it changed');
    expect(eventText(status, undefined, ko)).toBe('활성 → 비활성: 종료와 재시작을 계속 반복함');
  });

  it('of thresholds have their figures in Korean', () => {
    const told = { metric: 'memory', value: 95.24, threshold: 85, unit: 'percent', containerId: null };
    const [since, exceededAt] = ['2026-01-01T00:00:00.000Z', '2026-01-01T00:00:30.000Z'];
    const exceeded = { type: 'threshold_exceeded', message: '', data: { ...told, since, exceededAt } } as never;
    expect(eventText(exceeded, undefined, ko)).toBe('메모리 95.24 %, 30초 동안 85 % 초과');
    const end = { ...told, value: 60, clearLevel: 76.5, reason: 'below', exceededAt, clearedAt: '', duration: 125_000 };
    const cleared = (data: object) => ({ type: 'threshold_cleared', message: '', data }) as never;
    expect(eventText(cleared(end), undefined, ko)).toBe('메모리 2분 5초 동안 85 % 초과였음, 지금 60 %');
    const stopped = cleared({ ...end, value: null, reason: 'stopped' });
    expect(eventText(stopped, undefined, ko)).toBe('메모리 2분 5초 동안 85 % 초과였음, 더 이상 읽히지 않음');
  });
});

describe('announcements', () => {
  const one = (id: string, phase: Workspace['phase']): [string, Workspace] => [
    id,
    { id, name: id, phase, reason: { code: 'crash_loop', message: 'why' } } as Workspace,
  ];

  it('tell what changed, many changes as a number, and nothing when nothing did', () => {
    const before = new Map([one('a', 'running'), one('b', 'running'), one('c', 'running'), one('d', 'running')]);
    const after = new Map([one('a', 'crashed'), ...[...before].slice(1)]);
    expect(announcementOf(before, after, en)).toBe('a is crashed: why');
    const all = new Map(['a', 'b', 'c', 'd'].map((id) => one(id, 'crashed')));
    expect(announcementOf(before, all, en)).toBe('4 workspaces changed');
    expect(announcementOf(before, new Map(before), en)).toBe('');
    expect(announcementOf(null, after, en)).toBe('');
  });
});
