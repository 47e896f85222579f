/** Holds what is read from files against the published schemas. */
import { existsSync, readFileSync } from 'node:fs';
import { type Schema, Validator } from '@cfworker/json-schema';
import { InputError } from '../../errors.js';
import { pathsUpwards } from '../package-files.js';

/** The schemas that files are read by. */
export type SchemaName = 'result' | 'matrix';

const validators = new Map<SchemaName, Validator>();

/**
 * @param file - where the value is from, for the message
 * @param name - what it is to be; fields that the schema does not know are let through
 * @throws InputError - naming the first place that is not as the schema says
 */
export function requireSchema(file: string, name: SchemaName, value: unknown): void {
  const { valid, errors } = validatorOf(name).validate(value);
  if (valid) return;
  // The last error is of the innermost place: those before it follow from it.
  const { instanceLocation = '#', error = '' } = errors.at(-1) ?? {};
  const place = instanceLocation.replace(/^#\/?/, '');
  throw new InputError({
    file,
    expected: `a ${name} as schema/${name}.schema.json has it`,
    found: `${place === '' ? 'all of it' : place}: ${error}`,
  });
}

function validatorOf(name: SchemaName): Validator {
  const known = validators.get(name);
  if (known !== undefined) return known;
  const [file] = [...pathsUpwards(__dirname, `schema/${name}.schema.json`)].filter(existsSync);
  const text = readFileSync(file, 'utf8');
  const made = new Validator(JSON.parse(text) as Schema, '2020-12', true);
  validators.set(name, made);
  return made;
}
