import { element, setText } from '../../view/element.ts';

/** Puts a text on the clipboard. Browsers allow that over TLS and on this machine only; elsewhere there is no button. */
export function copyButton(text: () => string): HTMLElement {
  const root = element('button', { type: 'button', class: 'button plain' }, 'Copy');
  root.hidden = navigator.clipboard === undefined;
  root.addEventListener('click', async () => {
    await navigator.clipboard.writeText(text()).then(
      () => setText(root, 'Copied'),
      () => setText(root, 'Not allowed'),
    );
    root.addEventListener('blur', () => setText(root, 'Copy'), { once: true });
  });
  return root;
}
