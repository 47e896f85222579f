/** What the tests themselves use of `ends.mjs`. */
import * as path from 'node:path';

import { compileForTests } from '../ringbuf/kernel-module.js';

/** Which implementation a thread uses. */
export type EndKind = 'TypeScript' | 'kernel';

/** What the threads of a test share. */
export interface Setting {
  readonly shape: { readonly threads: number; readonly tags: number; readonly capacity: number };
  readonly memory: WebAssembly.Memory;
  readonly module: WebAssembly.Module;
}

/** A thread's end of the channels. */
export interface End {
  readonly words: Int32Array<SharedArrayBuffer>;
  /** Offset of the thread's control block. */
  readonly control: number;
  send(tag: number, source: number, dest: number, a: number, b: number, c: number, d: number): void;
  flush(): void;
  isBlocked(tag: number): boolean;
  hasWork(): boolean;
  wakeReceivers(): void;
  releaseAll(): void;
  receive(tag: number, take: (message: { payload: Int32Array }) => void): number;
}

interface Ends {
  readonly KERNEL_END: string;
  readonly allocate: (shape: Setting['shape']) => WebAssembly.Memory;
  readonly openEnd: (kind: EndKind, setting: Setting, thread: number) => End;
}

/** The module, which is no TypeScript because threads load it as it is. */
export function loadEnds(): Promise<Ends> {
  return import(path.join(__dirname, 'ends.mjs')) as Promise<Ends>;
}

/** Makes settings with one compiled module for them all. */
export async function settingMaker(): Promise<(shape: Setting['shape']) => Setting> {
  const { KERNEL_END, allocate } = await loadEnds();
  const module = await compileForTests(KERNEL_END);
  return (shape) => ({ shape, memory: allocate(shape), module });
}
