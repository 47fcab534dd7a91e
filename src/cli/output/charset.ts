/** Whether the terminal shows more than ASCII: by the first of these that is set, as POSIX has it (locale(7)). */
export function hasUtf8(env: Readonly<Record<string, string | undefined>>): boolean {
  const locale = [env.LC_ALL, env.LC_CTYPE, env.LANG].find((each) => each !== undefined && each !== '');
  return locale !== undefined && /utf-?8/i.test(locale) && env.TERM !== 'linux';
}
