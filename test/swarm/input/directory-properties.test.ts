import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import * as path from 'node:path';
import fc from 'fast-check';
import t from 'tap';

import { InputError } from '../../../src/errors.js';
import { HASH_BYTES, readInputDirectory } from '../../../src/swarm/input/directory.js';
import type { DirectoryInput } from '../../../src/swarm/input/directory.js';
import {
  hashLines,
  outputName,
  prepareOutputDirectory,
  writeAtomically,
} from '../../../src/swarm/input/outputs.js';
import { clients, inputText, spellings, writeInputs } from './directories.js';
import type { ClientModel } from './directories.js';

/** What the outputs must repeat: the hashes of each owned file, as its first owner spells them. */
function firstSpellings(models: readonly ClientModel[]): Map<string, readonly string[]> {
  const spelled = new Map<string, readonly string[]>();
  for (const { name, hashes } of models.flatMap(({ owned }) => owned)) {
    if (!spelled.has(name)) {
      spelled.set(name, hashes);
    }
  }
  return spelled;
}

t.test('outputs repeat the hash lines of every valid directory', (t) => {
  const directory = t.testdir();
  const inputs = path.join(directory, 'inputs');
  const outputs = path.join(directory, 'outputs');
  prepareOutputDirectory(outputs);
  const roundTrip = fc.property(clients, spellings, (models, spelling) => {
    writeInputs(
      inputs,
      models.map((client) => inputText(client, spelling)),
    );
    const input = readInputDirectory(inputs);
    const namesOf = (ids: readonly number[]): string[] => ids.map((id) => input.files[id].name);
    const spelled = firstSpellings(models);
    assert.deepEqual(input.owned.map(namesOf), [
      [],
      ...models.map(({ owned }) => owned.map(({ name }) => name)),
    ]);
    assert.deepEqual(input.wanted.map(namesOf), [[], ...models.map(({ wanted }) => wanted)]);
    for (const [rank, ids] of input.wanted.entries()) {
      for (const id of ids) {
        const { name, segmentCount } = input.files[id];
        const output = path.join(outputs, outputName(rank, name));
        writeAtomically(output, [hashLines(input.hashes[id])], 'test');
        const expected = spelled.get(name);
        assert.equal(input.unownedFiles.includes(id), expected === undefined);
        assert.equal(segmentCount, expected?.length ?? 0);
        assert.equal(readFileSync(output, 'utf8'), expected?.join('\n') ?? '');
      }
    }
  });
  t.doesNotThrow(() => fc.assert(roundTrip, { numRuns: 60 }));
  t.end();
});

/** One change to the bytes of an input; positions are fractions of its length. */
const mutation = fc.oneof(
  fc.record({ kind: fc.constant('cut'), from: fc.double({ min: 0, max: 1, noNaN: true }) }),
  fc.record({
    kind: fc.constantFrom('insert', 'overwrite', 'drop'),
    from: fc.double({ min: 0, max: 1, noNaN: true }),
    bytes: fc.oneof(
      fc.uint8Array({ minLength: 1, maxLength: 4 }),
      fc
        .constantFrom('\n', '\n\n', '\r', ' ', '0', '9', '999999999999', '/', '..', '\0', '\ufeff')
        .map((text) => Uint8Array.from(Buffer.from(text))),
    ),
  }),
  fc.record({
    kind: fc.constantFrom('repeatLine', 'dropLine', 'moveLine'),
    from: fc.double({ min: 0, max: 1, noNaN: true }),
  }),
);

function mutate(
  input: Buffer,
  { kind, from, bytes }: { kind: string; from: number; bytes?: Uint8Array },
): Buffer {
  const inserted = bytes ?? new Uint8Array(0);
  const at = Math.floor(from * input.length);
  const before = input.subarray(0, at);
  switch (kind) {
    case 'cut':
      return before;
    case 'insert':
      return Buffer.concat([before, inserted, input.subarray(at)]);
    case 'overwrite':
      return Buffer.concat([before, inserted, input.subarray(at + inserted.length)]);
    case 'drop':
      return Buffer.concat([before, input.subarray(at + inserted.length)]);
    default:
      return mutateLines(input, kind, from);
  }
}

function mutateLines(input: Buffer, kind: string, from: number): Buffer {
  const lines = input.toString('latin1').split('\n');
  const index = Math.min(lines.length - 1, Math.floor(from * lines.length));
  const [line] = kind === 'repeatLine' ? [lines[index]] : lines.splice(index, 1);
  if (kind === 'repeatLine') {
    lines.splice(index, 0, line);
  } else if (kind === 'moveLine') {
    lines.splice(Math.floor(lines.length / 2), 0, line);
  }
  return Buffer.from(lines.join('\n'), 'latin1');
}

function checkConsistent(input: DirectoryInput): void {
  for (const [id, { segmentCount }] of input.files.entries()) {
    assert.equal(input.hashes[id].byteLength, segmentCount * HASH_BYTES);
  }
  for (const [rank, ids] of input.wanted.entries()) {
    const both = [...input.owned[rank], ...ids];
    assert.equal(new Set(both).size, both.length, 'no file twice');
    assert.ok(both.every((id) => input.files[id] !== undefined));
  }
}

t.test('a damaged input is read or refused with an error that names it', (t) => {
  const inputs = path.join(t.testdir(), 'inputs');
  const outcomes = { read: 0, refused: 0 };
  const damage = fc.property(
    clients,
    spellings,
    fc.nat(),
    fc.array(mutation, { minLength: 1, maxLength: 4 }),
    (models, spelling, victim, mutations) => {
      const texts = models.map((client): Buffer => Buffer.from(inputText(client, spelling)));
      const index = victim % texts.length;
      texts[index] = mutations.reduce(mutate, texts[index]);
      writeInputs(inputs, texts);
      let input: DirectoryInput;
      try {
        input = readInputDirectory(inputs);
      } catch (error) {
        if (!(error instanceof InputError)) {
          throw error;
        }
        outcomes.refused += 1;
        assert.match(error.file, /in\d+\.txt$/);
        assert.ok(error.line !== undefined && error.line >= 1);
        return;
      }
      outcomes.read += 1;
      checkConsistent(input);
    },
  );
  t.doesNotThrow(() => fc.assert(damage, { numRuns: 300 }));
  t.ok(outcomes.refused > 0 && outcomes.read > 0, 'both outcomes were seen');
  t.end();
});
