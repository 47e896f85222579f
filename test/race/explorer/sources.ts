/** Loads the shipped sources for exploration: each thread has instances of its own. */
import { readFileSync } from 'node:fs';
import * as path from 'node:path';
import * as vm from 'node:vm';
import * as ts from 'typescript';
import { instrument } from './instrument.js';
import { WORD_BYTES } from '../../../src/shm/layout.js';
import { type Access, HOOKS, QUIET_HOOKS, allocateOwn } from './machine.js';

const SOURCES = path.join(__dirname, '../../../src');

/** What accesses shared memory; all else is constants and layouts, and runs as it is. */
const INSTRUMENTED = [
  'ringbuf/producer',
  'ringbuf/consumer',
  'ringbuf/assembly/ring',
  'shm/parking',
  'shm/assembly/parking',
  'shm/assembly/permits',
  'comm/assembly/endpoint',
  'comm/assembly/slot-queue',
];

/** A thread's memory of its own stands in for the kernel's. */
const OWN_MEMORY = 'shm/assembly/memory';

/** Lets a test look at what an altered source does: by name, its text. */
export type Alterations = Readonly<Record<string, string>>;

/** A function of an instrumented module. */
export type Stepped<Result = unknown> = (...args: never[]) => Generator<Access, Result, void>;

/** What a module exports. */
export type Exports = Record<string, unknown>;

/** Modules that keep state, or use one that does: each thread has instances of its own. */
const STATEFUL = [
  'comm/assembly/endpoint',
  'comm/assembly/slot-queue',
  'shm/assembly/parking',
  'shm/assembly/permits',
];

/** Loads sources as one thread sees them. */
export class ThreadSources {
  private readonly modules = new Map<string, Exports>();

  constructor(private readonly alterations: Alterations = {}) {}

  /** @param name - below `src`, without `.ts` */
  module(name: string): Exports {
    if (name === OWN_MEMORY) return OWN_MEMORY_MODULE;
    const source = this.alterations[name] ?? shippedSource(name);
    const isStateful = STATEFUL.includes(name);
    const known = isStateful ? this.modules.get(name) : shared.get(source);
    if (known !== undefined) return known;
    const exports: Exports = {};
    if (isStateful) this.modules.set(name, exports);
    else shared.set(source, exports);
    const require = (request: string): Exports => {
      return this.module(path.join(path.dirname(name), request.replace(/\.js$/, '')));
    };
    scriptOf(name, source)(exports, require, HOOKS, QUIET_HOOKS);
    return exports;
  }
}

type Script = (
  exports: Exports,
  require: (request: string) => Exports,
  hooks: object,
  quietHooks: object,
) => void;

const shared = new Map<string, Exports>();
const scripts = new Map<string, Script>();
const sources = new Map<string, string>();

function shippedSource(name: string): string {
  const source = sources.get(name) ?? readFileSync(path.join(SOURCES, `${name}.ts`), 'utf8');
  sources.set(name, source);
  return source;
}

function scriptOf(name: string, source: string): Script {
  const known = scripts.get(source);
  if (known !== undefined) return known;
  const code = INSTRUMENTED.includes(name)
    ? instrument(source, `${name}.ts`)
    : ts.transpileModule(source, {
        compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.CommonJS },
      }).outputText;
  const script = vm.runInThisContext(`(function (exports, require, $, $quiet) {${code}\n})`, {
    filename: `${name}.explored.js`,
  }) as Script;
  scripts.set(source, script);
  return script;
}

/** A word as a thread's code reads one. */
export function* readWord(address: number): Generator<Access, number, void> {
  return yield* (HOOKS['load'] as Stepped<number>)(...(['i32', address] as never[]));
}

const OWN_MEMORY_MODULE: Exports = {
  at: (base: number, index: number) => readWord(base + index * WORD_BYTES),
  put: (base: number, index: number, value: number) =>
    (HOOKS['store'] as Stepped<void>)(...(['i32', base + index * WORD_BYTES, value] as never[])),
  allocate: (bytes: number) => allocateOwn(bytes),
};
