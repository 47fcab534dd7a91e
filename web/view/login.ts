import { element, show } from './element.ts';
import { icon } from './icons.ts';
import type { PageParts, PageView } from './page-parts.ts';

/** Asks for the token. */
export function createLogin({ texts, commands }: PageParts): PageView {
  const input = element('input', {
    id: 'token',
    type: 'password',
    autocomplete: 'current-password',
    required: true,
    'aria-describedby': 'token-where',
  });
  const wrong = element('p', { role: 'alert', class: 'wrong' }, texts.wrongToken);
  // Password keepers store a token with a name.
  const user = element('input', { type: 'text', autocomplete: 'username', value: 'admin', hidden: true });
  const form = element(
    'form',
    {},
    user,
    element('label', { for: 'token' }, texts.token),
    input,
    wrong,
    element('button', { class: 'button primary' }, texts.logIn),
    element('p', { class: 'quiet', id: 'token-where' }, texts.tokenWhere),
  );
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    commands.logIn(input.value.trim());
    input.value = '';
  });
  const logo = element('span', { class: 'logo' }, icon('waves'));
  const root = element('main', { class: 'login' }, element('h1', {}, logo, 'Tidewatch'), form);
  let wasShown = false;
  return {
    root,
    update({ session, wrongToken }) {
      show(wrong, wrongToken);
      show(root, session === 'locked');
      if (session === 'locked' && !wasShown) input.focus();
      wasShown = session === 'locked';
    },
  };
}
