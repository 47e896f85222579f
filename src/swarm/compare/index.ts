export { comparedConfig, defineComparison } from './definition.js';
export type { ComparedConfig, Definition } from './definition.js';
export { DEFAULT_RUNS, labelOfPoint, labelOfValue, planMatrix } from './matrix.js';
export type { Axis, Cell, Contender, Matrix, MatrixOptions, Point } from './matrix.js';
export { runMatrix } from './run.js';
export type { Crew, MatrixProgress, Runner } from './run.js';
export {
  ResultStore,
  holdsComparison,
  manifestOf,
  readManifest,
  readStoredResult,
} from './store.js';
export type { Manifest, StoredResult } from './store.js';
