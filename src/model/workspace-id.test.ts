import { describe, expect, test } from 'vitest';
import { isWorkspaceId } from './workspace-id.ts';

describe('an id', () => {
  test.each(['shop', 'a@b:c', '0', '한글', '작업_1', 'ünï', 'กำลัง', 'हिन्दी', 'שלום', '𠀀', '한'.repeat(128)])(
    'may be %s',
    (id) => {
      expect(isWorkspaceId(id)).toBe(true);
    },
  );

  test.each([
    ['nothing', ''],
    ['a dot', '.'],
    ['a path', 'a/b'],
    ['a percent sign', 'a%62'],
    ['a blank', 'a b'],
    ['an ideographic blank', '한\u3000글'],
    ['a line break', 'a\n'],
    ['a control character', 'a\u0085'],
    ['a joiner', 'a\u200db'],
    ['a direction override', 'a\u202eb'],
    ['a mark of direction', 'a\u061cb'],
    ['an invisible letter', '한\u3164글'],
    ['a variation selector', 'a\ufe0f'],
    ['a private character', 'a\ue000'],
    ['half a pair', 'a\ud800'],
    ['a leading mark', '\u0301a'],
    ['an emoji', '🚀'],
    ['the longer spelling', '한글'.normalize('NFD')],
    ['too long', '한'.repeat(129)],
  ])('is never %s', (...[, id]) => {
    expect(isWorkspaceId(id)).toBe(false);
  });
});
