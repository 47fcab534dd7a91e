/** What decides how a daemon is reached. */
export interface Destination {
  readonly url: string;
  readonly ca?: string | undefined;
}

/** The path of `unix:/path`; `undefined` for other addresses. */
export function socketPathOf(url: string): string | undefined {
  return /^unix:(.*?)\/*$/.exec(url)?.[1];
}
