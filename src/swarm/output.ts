import { join } from 'node:path';
import { outputName, writeAtomically } from './input/index.js';
import type { StoredPayload } from './payload.js';
import type { SwarmPlan } from './plan.js';

const LINE_FEED = Uint8Array.of(0x0a);

/** Writes what a client has downloaded, under its final name only once it is whole. */
export class FileOutput {
  constructor(private readonly plan: SwarmPlan) {}

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
      if (this.plan.kind === 'directory' && index > 0) yield LINE_FEED;
      yield payload.bytesOf(rank, firstSegment + index);
    }
  }
}
