/**
 * Compiles parts of the kernel with exports that only tests need: with the project's own compiler
 * options, and without a file on disk.
 */
import { readFileSync } from 'node:fs';
import * as path from 'node:path';

const ROOT = path.resolve(__dirname, '../..');

/** Where the source to be compiled pretends to lie: its imports start from there. */
const ENTRY = 'src/entry-for-tests.ts';

interface CompilerConfig {
  entries: string[];
}

/** The part of the compiler that is used here: its own types declare globals of a browser. */
interface Compiler {
  main(
    args: readonly string[],
    io: {
      readFile: (name: string) => string | null;
      writeFile: (name: string, contents: Uint8Array | string) => void;
      listFiles: () => string[];
    },
  ): Promise<{ readonly error: Error | null; readonly stderr: { toString(): string } }>;
}

const COMPILER: string = 'assemblyscript/asc';

function configFor(entry: string): string {
  const config = JSON.parse(
    readFileSync(path.join(ROOT, 'asconfig.json'), 'utf8'),
  ) as CompilerConfig;
  return JSON.stringify({ ...config, entries: [entry] });
}

function readSource(name: string): string | null {
  try {
    return readFileSync(path.join(ROOT, name), 'utf8');
  } catch {
    // The compiler asks for a module at several places until it finds one.
    return null;
  }
}

/** Compiles `source`, AssemblyScript that imports as if it lay in `src`. */
export async function compileForTests(source: string): Promise<WebAssembly.Module> {
  const compiler = (await import(COMPILER)) as Compiler;
  let binary: Uint8Array | undefined;
  const { error, stderr } = await compiler.main(['--target', 'release', '--baseDir', ROOT], {
    readFile: (name) => {
      if (name === 'asconfig.json') return configFor(ENTRY);
      return name === ENTRY ? source : readSource(name);
    },
    writeFile: (_, contents) => {
      if (contents instanceof Uint8Array) binary = contents;
    },
    listFiles: () => [],
  });
  if (error !== null || binary === undefined) {
    throw new Error(`does not compile: ${stderr.toString()}`, { cause: error });
  }
  return new WebAssembly.Module(binary);
}

/** Where the heap of an instance begins: before it lies what the module itself needs. */
const HEAP_BYTES = 65_536;
const FIRST_PAGES = 2;
/** Little, since each instance keeps its memory until it is collected. */
const MOST_PAGES = 256;

/** What a module must export that allocates memory. */
interface WithHeap {
  openHeap(address: number): void;
}

/** An instance of a compiled module with a memory and a heap of its own. */
export function instantiateForTests(module: WebAssembly.Module): {
  exports: WithHeap;
  memory: WebAssembly.Memory;
} {
  const memory = new WebAssembly.Memory({
    initial: FIRST_PAGES,
    maximum: MOST_PAGES,
    shared: true,
  });
  const instance = new WebAssembly.Instance(module, { env: { memory } });
  const exports = instance.exports as unknown as WithHeap;
  // The heap's end is the first word.
  new Int32Array(memory.buffer)[0] = HEAP_BYTES;
  exports.openHeap(0);
  return { exports, memory };
}
