import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import * as path from 'node:path';
import fc from 'fast-check';

import { fileNameFault } from '../../../src/swarm/input/file-name.js';

/** One client's input, as the test means it. */
export interface ClientModel {
  /** Each owned file with the hashes as this client spells them. */
  readonly owned: readonly { readonly name: string; readonly hashes: readonly string[] }[];
  readonly wanted: readonly string[];
}

/** How an input is written, where the format leaves a choice. */
export interface Spelling {
  readonly lineEnd: string;
  readonly start: string;
  readonly end: string;
  readonly margin: string;
}

export const PLAIN: Spelling = { lineEnd: '\n', start: '', end: '\n', margin: '' };

export function inputText(client: ClientModel, spelling = PLAIN): string {
  const lines = [
    String(client.owned.length),
    ...client.owned.flatMap(({ name, hashes }) => [`${name} ${hashes.length}`, ...hashes]),
    String(client.wanted.length),
    ...client.wanted,
  ];
  const { lineEnd, start, end, margin } = spelling;
  return start + lines.map((line) => margin + line + margin).join(lineEnd) + end;
}

/** Puts `in1.txt`, `in2.txt`, ... and nothing else into a directory. */
export function writeInputs(directory: string, inputs: readonly (string | Uint8Array)[]): void {
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  inputs.forEach((input, index) => {
    writeFileSync(path.join(directory, `in${index + 1}.txt`), input);
  });
}

const hash = fc.stringMatching(/^[0-9a-f]{32}$/);

const fileName = fc
  .oneof(
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }),
    fc.constantFrom('movie.bin', 'a movie.bin', 'a 1', '7', 'x'.repeat(240), '__proto__', '-rf'),
  )
  .filter(
    (name) => fileNameFault(name) === undefined && name.replace(/^[ \t]+|[ \t]+$/g, '') === name,
  );

const swarmFiles = fc.uniqueArray(
  fc.record({ name: fileName, hashes: fc.array(hash, { maxLength: 6 }) }),
  // Some file systems take names that differ in case or normal form alone for the same.
  { selector: ({ name }) => name.normalize('NFC').toLowerCase(), maxLength: 5 },
);

/** Valid clients, from 1 to 5: every file is owned, wanted or neither by each of them. */
export const clients: fc.Arbitrary<ClientModel[]> = swarmFiles.chain((files) => {
  const part = fc.constantFrom('owned', 'OWNED', 'wanted', 'neither');
  const parts = fc.array(part, { minLength: files.length, maxLength: files.length });
  const client = parts.map((chosen): ClientModel => ({
    owned: files.flatMap(({ name, hashes }, index) => {
      if (chosen[index] === 'OWNED') {
        return [{ name, hashes: hashes.map((text) => text.toUpperCase()) }];
      }
      return chosen[index] === 'owned' ? [{ name, hashes }] : [];
    }),
    wanted: files.filter((_, index) => chosen[index] === 'wanted').map(({ name }) => name),
  }));
  return fc.array(client, { minLength: 1, maxLength: 5 });
});

export const spellings: fc.Arbitrary<Spelling> = fc.record({
  lineEnd: fc.constantFrom('\n', '\r\n'),
  start: fc.constantFrom('', '\ufeff'),
  end: fc.constantFrom('', '\n', '\r\n', '\n\n \n'),
  margin: fc.constantFrom('', ' ', '\t '),
});
