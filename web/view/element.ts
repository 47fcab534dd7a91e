type Attributes = Readonly<Record<string, string | boolean | undefined>>;
type Child = Node | string;

/** An element. Text from outside only ever becomes text nodes and attribute values, never markup. */
export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) setAttribute(made, name, value);
  made.append(...children);
  return made;
}

/** Sets, or takes away for `false` and `undefined`; leaves alone what is so already. */
export function setAttribute(target: Element, name: string, value: string | boolean | undefined): void {
  if (value === false || value === undefined) {
    if (target.hasAttribute(name)) target.removeAttribute(name);
    return;
  }
  const text = value === true ? '' : value;
  if (target.getAttribute(name) !== text) target.setAttribute(name, text);
}

/** Changes the text only where it differs: what does not change must not be laid out again. */
export function setText(target: Node, text: string): void {
  if (target.textContent !== text) target.textContent = text;
}

export function show(target: HTMLElement, isShown: boolean): void {
  if (target.hidden === isShown) target.hidden = !isShown;
}
