const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const;

/** Bytes as people read them: `812 B`, `1.2 GiB`. Another unit begins where four digits would be too many. */
export function formatBytes(bytes: number): string {
  let value = Math.max(0, bytes);
  let place = 0;
  while (value >= 1023.5 && place < UNITS.length - 1) {
    value /= 1024;
    place += 1;
  }
  const digits = place === 0 || value >= 99.95 ? 0 : 1;
  return `${value.toFixed(digits)} ${UNITS[place]}`;
}

/** `512MiB`, `1.5 GiB`, `800000` → bytes; powers of 1024 whether the unit has its `i` or not. `undefined` for anything else. */
export function parseBytes(text: string): number | undefined {
  const [, digits = '', unit = ''] = /^(\d{1,15}(?:\.\d{1,6})?) ?([KMGTP]i?B?|B)?$/i.exec(text) ?? [];
  if (digits === '') return undefined;
  const power = 'BKMGTP'.indexOf((unit[0] ?? 'B').toUpperCase());
  const bytes = Math.round(Number(digits) * 1024 ** power);
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}

/** A level in its unit as people read it: `95.2 %`, `1.2 MiB/s`, `0.35`. */
export function formatLevel(value: number, unit: 'percent' | 'bytes/s' | 'count' | 'ratio'): string {
  if (unit === 'bytes/s') return `${formatBytes(value)}/s`;
  const text = String(roundLevel(value, unit));
  return unit === 'percent' ? `${text} %` : text;
}

/** Digits that say something: whole bytes, else two decimals. */
export function roundLevel(value: number, unit: 'percent' | 'bytes/s' | 'count' | 'ratio'): number {
  return unit === 'bytes/s' ? Math.round(value) : Math.round(value * 100) / 100;
}
