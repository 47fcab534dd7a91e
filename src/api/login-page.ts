import { createHash } from 'node:crypto';
import { contentSecurityPolicy } from './security-headers.ts';

const STYLE = `:root{color-scheme:light dark;font:16px/1.5 system-ui,sans-serif}
body{margin:0;min-height:100vh;display:grid;place-items:center}
main{width:min(26rem,90vw)}
label,input,button,.button{display:block;width:100%;box-sizing:border-box;font:inherit}
input,button,.button{margin-top:.5rem;padding:.6rem;border-radius:.4rem;border:1px solid #8888}
button,.button{background:#0b6bcb;border-color:#0b6bcb;color:#fff;cursor:pointer;text-align:center;text-decoration:none;overflow-wrap:anywhere}
.button+hr+form button{background:none;color:inherit;border-color:#8888}
hr{margin:1.5rem 0;border:0;border-top:1px solid #8886}
[role=alert]{color:#c0392b;overflow-wrap:anywhere}
@media (prefers-color-scheme:dark){[role=alert]{color:#ff8a7a}}
code{font-size:.9em}`;

/** Lets this one style in and no other. The way to a provider is a link: `form-action` stays this server's own. */
export const LOGIN_PAGE_POLICY = contentSecurityPolicy(
  `'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`,
);

interface TroubleText {
  /** HTTP status of the page. */
  readonly status: number;
  /** With what the provider is called, and the trouble's detail. */
  text(provider: string, detail: string): string;
}

const TROUBLES = {
  wrong_token: { status: 401, text: () => 'This is no token that works.' },
  used_link: { status: 401, text: () => 'This link was used already or is older than ten minutes.' },
  lost_login: {
    status: 400,
    text: () =>
      'This log-in was not begun in this browser, was used already or took longer than ten minutes. Begin again.',
  },
  provider_away: {
    status: 503,
    text: (provider) =>
      `${provider} does not answer as it should. Try again in a moment; the log of Tidewatch says why.`,
  },
  provider_refused: { status: 403, text: (provider, detail) => `${provider} did not log you in: ${detail}` },
  bad_answer: {
    status: 502,
    text: (provider) => `What ${provider} answered cannot be relied on. The log of Tidewatch says why.`,
  },
  no_role: {
    status: 403,
    text: (provider, detail) =>
      `${provider} knows you as ${detail}, but nobody gave you access to this Tidewatch. Ask its administrator.`,
  },
} as const satisfies Record<string, TroubleText>;

/** What went wrong with an attempt to log in. */
export interface LoginTrouble {
  readonly kind: keyof typeof TROUBLES;
  /** What the provider said, or how it calls the person. */
  readonly detail?: string;
}

/** HTTP status of the page that tells of it. */
export function troubleStatus({ kind }: LoginTrouble): number {
  return TROUBLES[kind].status;
}

export interface LoginPage {
  readonly trouble: LoginTrouble | null;
  /** What the identity provider is called; `null` without one. */
  readonly provider: string | null;
}

/** The log-in page: works without JavaScript and loads nothing. */
export function renderLoginPage({ trouble, provider }: LoginPage): string {
  const text: TroubleText['text'] | undefined = trouble === null ? undefined : TROUBLES[trouble.kind].text;
  const alert = text && `<p role="alert">${escaped(text(provider ?? '', trouble?.detail ?? ''))}</p>`;
  const link =
    provider === null ? '' : `<a class="button" href="/login/oidc">Log in with ${escaped(provider)}</a>\n<hr>`;
  return page(`<h1>Tidewatch</h1>
${alert ?? ''}
${link}
<form method="post" action="/login">
<label for="token">Token</label>
<input id="token" name="token" type="password" autocomplete="current-password" required${provider === null ? ' autofocus' : ''}>
<button>Log in</button>
</form>
<p>An administrator gives you a token; their own is in the file <code>admin-token</code> of the data folder. The daemon prints a log-in link when it starts.</p>`);
}

/**
 * After a log-in at a provider. A redirect would be part of the visit that began on the provider's page, so the browser
 * would not send the session's cookie (SameSite=Strict) with it; what this page opens by itself is a visit of its own.
 */
export function renderLoggedInPage(): string {
  return page(
    '<h1>Tidewatch</h1>\n<p>You are logged in. <a href="/">Go on</a></p>',
    '<meta http-equiv="refresh" content="0;url=/">\n',
  );
}

function page(main: string, head = ''): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
${head}<title>Log in · Tidewatch</title>
<style>${STYLE}</style>
</head>
<body>
<main>
${main}
</main>
</body>
</html>
`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
}
