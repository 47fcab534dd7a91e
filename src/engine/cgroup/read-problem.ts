/** These stay as they are as long as the file does: it need not be asked again. */
const LASTING = new Set(['EOPNOTSUPP', 'ENOTSUP', 'EACCES', 'EPERM', 'EINVAL', 'EISDIR']);

export function isLasting(code: string): boolean {
  return LASTING.has(code);
}

export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'UNKNOWN';
}

/** Why a file tells nothing, for people. */
export function problemOf(name: string, code: string): string {
  switch (code) {
    case 'ENOENT':
      return `${name} is not there: this kernel, or the engine’s set-up, does not have it`;
    case 'EACCES':
    case 'EPERM':
      return `${name} may not be read by this user`;
    case 'EOPNOTSUPP':
    case 'ENOTSUP':
      return `${name} is switched off in the kernel`;
    default:
      return `${name} cannot be read: ${code}`;
  }
}
