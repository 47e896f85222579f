/** What the command line and configuration files have to know of an option. */
import { UsageError } from '../errors.js';
import type { ReadValue } from './values.js';

/** Sections of the help, in order. */
export const GROUPS = {
  swarm: 'The swarm:',
  content: 'What is exchanged:',
  protocol: 'How peers and pieces are chosen:',
  network: 'Virtual time, the network (rates such as 400kbit, 1.5Mbit, 100kB, unlimited):',
  peers: 'Virtual time, the peers of --protocol bep3:',
  transfer: 'How segments change hands:',
  run: 'The run:',
  comparison: 'The comparison:',
  output: 'Output:',
} as const;

/** How one option is read and explained. */
export interface Spec<Value> {
  /** As commander reads it; absent where there is no such option on the command line. */
  readonly flags?: string;
  readonly group?: keyof typeof GROUPS;
  readonly help?: string;
  /** The default, as the help shows it. */
  readonly byDefault?: string | number;
  /** Reads the value of a configuration file, and the command line's unless `parse` does. */
  readonly read: ReadValue<Value>;
  /** Reads the command line's value where it is written in another way than a file's. */
  readonly parse?: (name: string, text: string, previous: unknown) => Value;
}

/** Names of rules, as the help lists them. */
export const names = (rules: readonly { readonly name: string }[]): string =>
  rules.map(({ name }) => name).join(', ');

/** A reader of text by a parser, whose message gets the option's name. */
export function readBy<Value>(parse: (text: string) => Value): ReadValue<Value> {
  return (name, value) => {
    try {
      return parse(typeof value === 'string' ? value : JSON.stringify(value));
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      throw new UsageError(`${name}: ${error.message}`, { cause: error });
    }
  };
}
