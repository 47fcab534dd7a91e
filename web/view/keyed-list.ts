/** A part of the page that follows one item. */
export interface ItemView<T> {
  readonly root: HTMLElement;
  update(item: T): void;
}

/**
 * Keeps one view per key in a parent, in the order of the items. Views are made once, moved only when out of place and
 * removed with their item, so focus, selection and scroll position survive every change.
 */
export class KeyedList<T> {
  readonly #parent: HTMLElement;
  readonly #keyOf: (item: T) => string;
  readonly #create: (item: T) => ItemView<T>;
  readonly #views = new Map<string, ItemView<T>>();

  constructor(parent: HTMLElement, options: { keyOf: (item: T) => string; create: (item: T) => ItemView<T> }) {
    this.#parent = parent;
    this.#keyOf = options.keyOf;
    this.#create = options.create;
  }

  update(items: readonly T[]): void {
    const keys = new Set(items.map(this.#keyOf));
    for (const [key, view] of this.#views) {
      if (keys.has(key)) continue;
      this.#views.delete(key);
      view.root.remove();
    }
    let place = this.#parent.firstElementChild;
    for (const item of items) {
      const key = this.#keyOf(item);
      const view = this.#views.get(key) ?? this.#create(item);
      this.#views.set(key, view);
      if (view.root === place) place = place.nextElementSibling;
      else this.#parent.insertBefore(view.root, place);
      view.update(item);
    }
  }
}
