import type { Me } from '../../src/client/client.ts';
import type { Texts } from '../texts/texts.ts';
import { element, setAttribute, setText, show } from './element.ts';
import type { PageParts, PageView } from './page-parts.ts';

/** Who is logged in, and what that may do. */
export function createMeLabel({ texts }: PageParts): PageView {
  // Isolated: a name that is written from right to left must not turn round what stands behind it.
  const name = element('bdi', { class: 'me-name' });
  const rights = element('span');
  const root = element('span', { class: 'me quiet', id: 'me' }, name, rights);
  let drawn: Me | null = null;
  return {
    root,
    update({ me }) {
      show(root, me !== null);
      if (me === null || me === drawn) return;
      drawn = me;
      setText(name, me.name);
      const limited = me.limit === null ? '' : ` · ${texts.limited}`;
      setText(rights, `${texts.accessRoles[me.role]}${limited}`);
      setAttribute(root, 'title', aboutMe(me, texts));
    },
  };
}

function aboutMe({ name, role, limit, expiresAt }: Me, texts: Texts): string {
  return [
    `${name}: ${texts.roleMay[role]}`,
    ...(limit === null ? [] : [texts.seesOnly([...limit.owners, ...limit.labels].join(', '))]),
    ...(expiresAt === null ? [] : [texts.endsAt(expiresAt)]),
  ].join('\n');
}
