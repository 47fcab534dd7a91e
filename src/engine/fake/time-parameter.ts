import { fromIso } from '../../runtime/iso.ts';
import type { Dialect } from './engine-event.ts';
import { toNanoseconds } from './fake-container.ts';

/**
 * `since` and `until` as Docker reads them: `seconds[.fraction]`, nothing else; milliseconds are read as seconds. Podman
 * also takes RFC 3339. `null` when not given; throws what Go's parser says.
 */
export function parseTimeParameter(text: string | null, dialect: Dialect): bigint | null {
  if (text === null || text === '') return null;
  const cut = text.indexOf('.');
  const whole = cut < 0 ? text : text.slice(0, cut);
  const fraction = cut < 0 ? '0' : text.slice(cut + 1);
  if (isInteger(whole) && isInteger(fraction)) {
    return BigInt(whole) * 1_000_000_000n + BigInt(fraction.padEnd(9, '0').slice(0, 9));
  }
  const at = dialect === 'podman' ? fromIso(text) : null;
  if (at !== null) return toNanoseconds(at);
  throw new SyntaxError(
    `strconv.ParseInt: parsing ${JSON.stringify(isInteger(whole) ? fraction : whole)}: invalid syntax`,
  );
}

function isInteger(text: string): boolean {
  return /^[+-]?\d{1,18}$/.test(text);
}
