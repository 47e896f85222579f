/** Numbers, sizes, rates and times as people read them. */

const GROUPED = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });

/** @returns a whole number with thousands separators: `620,000` */
export function formatCount(count: number): string {
  return GROUPED.format(count);
}

/** @returns the count and its noun: `1 segment`, `620,000 segments` */
export function plural(count: number, singular: string, many = `${singular}s`): string {
  return `${formatCount(count)} ${count === 1 ? singular : many}`;
}

/**
 * @param value - from 0
 * @returns three significant digits without an exponent: `0.0162`, `1.27`, `62.1`, `488`
 */
export function formatSignificant(value: number): string {
  if (value >= 99.95) return GROUPED.format(value);
  if (value >= 9.995) return value.toFixed(1);
  if (value >= 0.9995 || value === 0) return value.toFixed(value === 0 ? 0 : 2);
  const leadingZeros = Math.ceil(-Math.log10(value)) - 1;
  return value.toFixed(Math.min(leadingZeros + 3, 9));
}

/** @returns a share in whole percent: `94%`; below 1% with one digit more */
export function formatShare(share: number): string {
  const percent = share * 100;
  return `${percent > 0 && percent < 0.95 ? percent.toFixed(1) : percent.toFixed(0)}%`;
}

const DECIMAL_PREFIXES = ['', 'k', 'M', 'G', 'T', 'P'];
const BINARY_PREFIXES = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi'];

interface Scaled {
  readonly text: string;
  readonly prefix: string;
}

function scale(value: number, base: number, prefixes: readonly string[]): Scaled {
  let step = 0;
  // Rounding must not show 1000 of a unit where the next one stands for it.
  while (value >= base - 0.5 && step < prefixes.length - 1) {
    value /= base;
    step += 1;
  }
  const isWhole = step === 0 && Number.isInteger(value);
  return { text: isWhole ? String(value) : formatSignificant(value), prefix: prefixes[step] };
}

/** @returns a rate of things in decimal steps: `1.27 M segments/s` */
export function formatRate(perSecond: number, things: string): string {
  const { text, prefix } = scale(perSecond, 1000, DECIMAL_PREFIXES);
  return `${text} ${prefix === '' ? '' : `${prefix} `}${things}/s`;
}

/** @returns an amount of bytes in decimal steps: `20.8 GB` */
export function formatBytes(bytes: number): string {
  const { text, prefix } = scale(bytes, 1000, DECIMAL_PREFIXES);
  return `${text} ${prefix}B`;
}

/** @returns a rate of bytes in decimal steps: `20.8 GB/s` */
export function formatByteRate(bytesPerSecond: number): string {
  return `${formatBytes(bytesPerSecond)}/s`;
}

/** @returns an amount of memory in binary steps: `49.3 KiB` */
export function formatMemory(bytes: number): string {
  const { text, prefix } = scale(bytes, 1024, BINARY_PREFIXES);
  return `${text} ${prefix}B`;
}

/** @returns a size to the byte, in binary steps where it is whole: `16 KiB`, `16,385 bytes` */
export function formatExactSize(bytes: number): string {
  let step = 0;
  let rest = bytes;
  while (rest >= 1024 && rest % 1024 === 0 && step < BINARY_PREFIXES.length - 1) {
    rest /= 1024;
    step += 1;
  }
  return step === 0 ? plural(bytes, 'byte') : `${formatCount(rest)} ${BINARY_PREFIXES[step]}B`;
}

/** @returns a time as long as it needs: `0.42 ms`, `488 ms`, `8.24 s`, `3 min 05 s`, `2 h 05 min` */
export function formatDuration(ms: number): string {
  if (ms < 999.5) return `${formatSignificant(ms)} ms`;
  if (ms < 59_950) return `${formatSignificant(ms / 1000)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${twoDigits(seconds % 60)} s`;
  const minutes = Math.round(seconds / 60);
  return `${formatCount(Math.floor(minutes / 60))} h ${twoDigits(minutes % 60)} min`;
}

/** @returns whole seconds as on a clock: `0:07`, `12:30`, `1:02:03` */
export function formatClock(seconds: number): string {
  const whole = Math.max(0, Math.ceil(seconds));
  const minutes = Math.floor(whole / 60);
  const hours = Math.floor(minutes / 60);
  const end = twoDigits(whole % 60);
  return hours === 0 ? `${minutes}:${end}` : `${hours}:${twoDigits(minutes % 60)}:${end}`;
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0');
}

/** Consecutive whole numbers, first and last. */
export type Range = readonly [first: number, last: number];

/**
 * @param values - whole numbers, ascending
 * @returns the same numbers as the fewest ranges
 */
export function toRanges(values: readonly number[]): Range[] {
  const ranges: [number, number][] = [];
  for (const value of values) {
    const last = ranges.at(-1);
    if (last?.[1] === value - 1) last[1] = value;
    else ranges.push([value, value]);
  }
  return ranges;
}

/**
 * @param ranges - what to list
 * @param limit - ranges shown; of the rest only the number is told
 * @returns `0-12, 17, 20-25 and 12 ranges more`
 */
export function formatRanges(ranges: readonly Range[], limit = Infinity): string {
  const shown = ranges
    .slice(0, limit)
    .map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`))
    .join(', ');
  const hidden = ranges.length - Math.min(limit, ranges.length);
  return hidden === 0 ? shown : `${shown} and ${plural(hidden, 'range')} more`;
}

/** @returns ranks by number: `rank 5`, `ranks 2-14, 16` */
export function formatRanks(ranks: readonly number[], limit = Infinity): string {
  const ascending = [...ranks].sort((a, b) => a - b);
  return `${ranks.length === 1 ? 'rank' : 'ranks'} ${formatRanges(toRanges(ascending), limit)}`;
}

/** @returns text on one line that can't garble a terminal: control characters as `\x0a` */
export function escapeControls(text: string): string {
  return text.replace(
    /\p{Cc}/gu,
    (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
}

/** @returns the text, its middle replaced by `...` where it is longer than `width` characters */
export function shorten(text: string, width: number): string {
  if (text.length <= width) return text;
  const kept = width - 3;
  const head = Math.ceil(kept / 2);
  return `${text.slice(0, head)}...${text.slice(text.length - (kept - head))}`;
}

/**
 * Breaks text into lines at spaces, and inside a word only where it is longer than a line.
 *
 * @param text - without line feeds
 * @param width - characters that fit on a line, from 1
 * @returns at least one line
 */
export function wrapText(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (let word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line.trimEnd());
      line = '';
    }
    while (word.length > width) {
      lines.push(word.slice(0, width));
      word = word.slice(width);
    }
    line = line === '' ? word : `${line} ${word}`;
  }
  lines.push(line.trimEnd());
  return lines;
}
