import { readFileSync } from 'node:fs';
import * as path from 'node:path';
import { type Schema, Validator } from '@cfworker/json-schema';
import type { Test } from 'tap';

/**
 * Checks a value against a published schema, and that the schema leaves nothing of it out: readers
 * must put up with fields that they do not know, but a field that we write is to be documented.
 */
export function checkSchema(
  t: Test,
  name: 'result' | 'comparison' | 'matrix',
  value: unknown,
): void {
  const file = path.join(__dirname, '../schema', `${name}.schema.json`);
  const schema = closed(JSON.parse(readFileSync(file, 'utf8'))) as Schema;
  // JSON has no `undefined`, which a validator would stumble over.
  const { errors } = new Validator(schema, '2020-12', false).validate(
    JSON.parse(JSON.stringify(value)),
  );
  const found = errors.map(({ instanceLocation, error }) => `${instanceLocation}: ${error}`);
  t.strictSame(found.slice(0, 10), [], `follows the schema of a ${name}`);
}

/** The same schema, which allows no property but those that it lists. */
function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed);
  if (typeof schema !== 'object' || schema === null) return schema;
  const entries = Object.entries(schema).map(([key, value]) => [key, closed(value)] as const);
  const copy = Object.fromEntries(entries) as Record<string, unknown>;
  const isObject = copy['type'] === 'object' && typeof copy['properties'] === 'object';
  return isObject && !('additionalProperties' in copy)
    ? { ...copy, additionalProperties: false }
    : copy;
}
