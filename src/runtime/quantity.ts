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
