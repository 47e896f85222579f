import { join } from 'node:path';
import { outputName, writeAtomically } from './input/index.js';
import { WRITTEN } from '../shm/control-layout.js';
import type { Words } from '../shm/layout.js';
import type { StoredPayload } from './payload.js';
import type { SwarmPlan } from './plan.js';

const LINE_FEED = Uint8Array.of(0x0a);

/** Writes what a client has downloaded, under its final name only once it is whole. */
export class FileOutput {
  private readonly words: Words;

  /** @param beat - called now and then while a file is written */
  constructor(
    private readonly plan: SwarmPlan,
    private readonly beat: () => void,
  ) {
    this.words = new Int32Array(plan.slab);
  }

  /** Writes `file` as `rank` holds it; nothing where the run keeps no outputs. */
  write(rank: number, file: number, payload: StoredPayload): void {
    const { out } = this.plan.config;
    if (out === undefined) return;
    const path = join(out, outputName(rank, this.plan.fileNames[file]));
    writeAtomically(path, this.chunks(rank, file, payload), this.plan.outputToken);
  }

  private *chunks(rank: number, file: number, payload: StoredPayload): Generator<Uint8Array> {
    const { firstSegment, segmentCount } = this.plan.files[file];
    for (let index = 0; index < segmentCount; index++) {
      // A large file takes its time: the conductor must see that it comes forward.
      if (index % 64 === 0) {
        Atomics.add(this.words, this.plan.controlOffset + WRITTEN, 1);
        this.beat();
      }
      if (this.plan.kind === 'directory' && index > 0) yield LINE_FEED;
      yield payload.bytesOf(rank, firstSegment + index);
    }
  }
}
