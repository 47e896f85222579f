/** Spoils valid inputs, always the same way for the same seed. */
import type { SeededRandom } from '../../src/swarm/random.js';

/** What a text may get in its middle. */
const SNIPPETS = [
  ...['', '\0', '\r\n', '\n\n', '\ufeff', ' ', '\t', '..', '../x', '/etc/passwd', '\u202e', 'é'],
  ...['-1', '0', '1', '1e9', '1000000000', '4294967296', '9007199254740993', '1e999', '0x10'],
  ...['NaN', 'null', 'true', '{}', '[]', '"', '{', '}', ',', ':', '=', '%', 'a'.repeat(300)],
];

/** @returns the text with one to three faults in it */
export function spoilText(text: string, random: SeededRandom): Buffer {
  let bytes: Buffer = Buffer.from(text);
  const times = 1 + random.below(3);
  for (let time = 0; time < times; time++) bytes = spoilOnce(bytes, random);
  return bytes;
}

function spoilOnce(bytes: Buffer, random: SeededRandom): Buffer {
  const at = random.below(bytes.length + 1);
  const to = Math.min(bytes.length, at + random.below(12));
  const snippet = Buffer.from(SNIPPETS[random.below(SNIPPETS.length)]);
  switch (random.below(8)) {
    case 0:
      return bytes.subarray(0, at);
    case 1:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(to)]);
    case 2:
      return Buffer.concat([bytes.subarray(0, to), bytes.subarray(at)]);
    case 3:
      return Buffer.from(bytes.toString('latin1').replaceAll('\n', '\r\n'), 'latin1');
    case 4:
      return Buffer.concat([Buffer.from('\ufeff'), bytes]);
    case 5: {
      const changed = Buffer.from(bytes);
      if (at < changed.length) changed[at] = random.below(256);
      return changed;
    }
    case 6:
      return replaceNumber(bytes, snippet, random);
    default:
      return Buffer.concat([bytes.subarray(0, at), snippet, bytes.subarray(to)]);
  }
}

/** Another number, or no number at all, in place of one of those that are there. */
function replaceNumber(bytes: Buffer, snippet: Buffer, random: SeededRandom): Buffer {
  const text = bytes.toString('latin1');
  const numbers = [...text.matchAll(/\d+(\.\d+)?/g)];
  if (numbers.length === 0) return bytes;
  const number = numbers[random.below(numbers.length)];
  const before = text.slice(0, number.index);
  const after = text.slice(number.index + number[0].length);
  return Buffer.from(before + snippet.toString('latin1') + after, 'latin1');
}

/** Values of the wrong kind, or too large. */
const VALUES: readonly unknown[] = [
  ...[null, true, false, 0, -1, 0.5, 1e9, 1e300, '', 'x', '../x', '10', [], [[]], {}, { a: 1 }],
  ...['a'.repeat(5000), '\0', '12:34', 'zones:', [null], [{}], ['random', 'random'], -0],
];

/** @returns the JSON value with one to three of its parts exchanged, dropped or doubled */
export function spoilJson(value: unknown, random: SeededRandom): unknown {
  const copy: unknown = JSON.parse(JSON.stringify(value));
  const times = 1 + random.below(3);
  for (let time = 0; time < times; time++) spoilPart(copy, random);
  return copy;
}

function spoilPart(value: unknown, random: SeededRandom): void {
  if (typeof value !== 'object' || value === null) return;
  const part = value as Record<string, unknown>;
  const keys = Object.keys(part);
  if (keys.length === 0) return;
  const key = keys[random.below(keys.length)];
  const inner = part[key];
  const isInner = typeof inner === 'object' && inner !== null && Object.keys(inner).length > 0;
  if (isInner && random.next() < 0.7) {
    spoilPart(inner, random);
    return;
  }
  if (random.next() < 0.2) Reflect.deleteProperty(part, key);
  else if (random.next() < 0.1) part[`${key}x`] = inner;
  else part[key] = structuredClone(VALUES[random.below(VALUES.length)]);
}
