import { element } from '../view/element.ts';
import type { OpenApi } from './description.ts';
import { createPage } from './view/page.ts';

const app = document.getElementById('app') ?? document.body;

addEventListener('hashchange', openNamed);
addEventListener('keydown', (event) => {
  const isTyping = event.target instanceof Element && event.target.matches('input, select, textarea');
  if (event.key !== '/' || isTyping || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  document.getElementById('search')?.focus();
});
begin().catch((error: unknown) =>
  app.replaceChildren(element('p', { role: 'alert' }, `This page cannot be shown: ${error}`)),
);

async function begin(): Promise<void> {
  const response = await fetch('/openapi.json');
  if (response.status === 401) return location.assign('/login');
  if (!response.ok) throw new Error(`/openapi.json was answered with ${response.status}`);
  const description: OpenApi = await response.json();
  app.replaceChildren(createPage(description));
  openNamed();
}

/** Opens the operation that the address names. */
function openNamed(): void {
  const named = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (!(named instanceof HTMLDetailsElement)) return;
  named.open = true;
  named.scrollIntoView({ block: 'start' });
  named.querySelector('summary')?.focus({ preventScroll: true });
}
