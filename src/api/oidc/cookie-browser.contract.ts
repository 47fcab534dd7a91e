/** An answer as a browser sees it. */
export interface Seen {
  readonly status: number;
  readonly url: string;
  readonly headers: Headers;
  readonly body: string;
}

/** The cookies of a browser, by origin: keeps them, sends them, follows nothing by itself. */
export class CookieBrowser {
  readonly #jars = new Map<string, Map<string, string>>();

  async visit(url: string, init: RequestInit = {}): Promise<Seen> {
    const { origin } = new URL(url);
    const answer = await fetch(url, {
      ...init,
      redirect: 'manual',
      headers: { ...init.headers, cookie: this.cookies(origin) },
    });
    for (const line of answer.headers.getSetCookie()) this.#keep(origin, line);
    return { status: answer.status, url, headers: answer.headers, body: await answer.text() };
  }

  /** Goes on while it is led elsewhere, at most ten times, and not beyond an address that begins so. */
  async follow(url: string, until = '\0'): Promise<Seen> {
    let seen = await this.visit(url);
    for (let steps = 0; steps < 10; steps += 1) {
      const next = locationOf(seen);
      if (next === null || next.startsWith(until)) return seen;
      seen = await this.visit(next);
    }
    return seen;
  }

  cookies(origin: string): string {
    return [...(this.#jars.get(origin) ?? [])].map((pair) => pair.join('=')).join('; ');
  }

  #keep(origin: string, line: string): void {
    const jar = this.#jars.get(origin) ?? new Map<string, string>();
    this.#jars.set(origin, jar);
    const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
    if (value === '' || /max-age=0|expires=Thu, 01 Jan 1970/i.test(line)) jar.delete(name);
    else jar.set(name, value);
  }
}

/** Where an answer leads; `null`: nowhere. */
export function locationOf({ headers, url }: Pick<Seen, 'headers' | 'url'>): string | null {
  const location = headers.get('location');
  return location === null ? null : new URL(location, url).href;
}
