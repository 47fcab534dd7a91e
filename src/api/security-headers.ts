/** On every answer. The page may load only what this server gives. */
export const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': contentSecurityPolicy(),
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  // Nothing for other sites. Less, and a browser would hide the origin of the log-in form from this very server.
  'referrer-policy': 'same-origin',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
};

/** `styleSource`: what styles are allowed beside the server's own files. */
export function contentSecurityPolicy(styleSource = ''): string {
  return [
    "default-src 'self'",
    "img-src 'self' data:",
    `style-src 'self'${styleSource && ` ${styleSource}`}`,
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join('; ');
}
