export { describeContent, readContentInto, segmentLength } from './content.js';
export type { ContentInput } from './content.js';
export { HASH_BYTES, readInputDirectory } from './directory.js';
export type { DirectoryInput } from './directory.js';
export {
  createOutputToken,
  hashLines,
  outputName,
  prepareOutputDirectory,
  removeLeftovers,
  writeAtomically,
} from './outputs.js';
export { fillSynthetic, syntheticFileName, syntheticWorkload } from './synthetic.js';
export type { SyntheticOptions } from './synthetic.js';
export { ownersOf } from './workload.js';
export type { Workload, WorkloadFile } from './workload.js';
