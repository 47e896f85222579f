export { DEFAULT_NOISE, analyse } from './analyse.js';
export { compareStrategies } from './compare.js';
export type { CompareHooks, CompareOptions } from './compare.js';
export { comparisonCsv } from './csv.js';
export { parseGate } from './gate.js';
export type { GateResult } from './gate.js';
export { comparisonHtml } from './html/index.js';
export { comparisonJson } from './json.js';
export { comparisonMarkdown } from './markdown.js';
export { METRICS } from './metrics.js';
export type { Metric } from './metrics.js';
export { readStudy } from './study.js';
export { comparisonText } from './terminal.js';
export type {
  ComparedPoint,
  Comparison,
  NoWinner,
  Pair,
  PairTest,
  Sample,
  Settings,
  Summary,
  Verdict,
} from './types.js';
export { worstOutcome } from './words.js';
