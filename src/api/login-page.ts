import { createHash } from 'node:crypto';
import { contentSecurityPolicy } from './security-headers.ts';

const STYLE = `:root{color-scheme:light dark;font:16px/1.5 system-ui,sans-serif}
body{margin:0;min-height:100vh;display:grid;place-items:center}
main{width:min(26rem,90vw)}
label,input,button{display:block;width:100%;box-sizing:border-box;font:inherit}
input,button{margin-top:.5rem;padding:.6rem;border-radius:.4rem;border:1px solid #8888}
button{background:#0b6bcb;border-color:#0b6bcb;color:#fff;cursor:pointer}
[role=alert]{color:#c0392b}
code{font-size:.9em}`;

/** Lets this one style in and no other. */
export const LOGIN_PAGE_POLICY = contentSecurityPolicy(
  `'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`,
);

/** What went wrong with an attempt to log in. */
export type LoginTrouble = 'wrong_token' | 'used_link';

const TROUBLES: Readonly<Record<LoginTrouble, string>> = {
  wrong_token: 'This is no token that works.',
  used_link: 'This link was used already or is older than ten minutes.',
};

/** The log-in page: works without JavaScript and loads nothing. */
export function renderLoginPage(trouble: LoginTrouble | null): string {
  const alert = trouble === null ? '' : `<p role="alert">${TROUBLES[trouble]}</p>`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<title>Log in · Tidewatch</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>Tidewatch</h1>
${alert}
<form method="post" action="/login">
<label for="token">Token</label>
<input id="token" name="token" type="password" autocomplete="current-password" required autofocus>
<button>Log in</button>
</form>
<p>An administrator gives you a token; their own is in the file <code>admin-token</code> of the data folder. The daemon prints a log-in link when it starts.</p>
</main>
</body>
</html>
`;
}
