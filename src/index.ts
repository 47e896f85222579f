/**
 * bt-shm: BitTorrent-like swarms over shared memory, in one process.
 *
 * @packageDocumentation
 */
export { BtShmError, InputError, MemoryLimitError, StrategyError, UsageError } from './errors.js';
export type { BtShmErrorCode, InputErrorDetails } from './errors.js';
export { runSwarm } from './swarm/run.js';
export type { RunHooks, RunProgress } from './swarm/run.js';
export type {
  Clock,
  HashName,
  LoadMode,
  RunConfig,
  RunOptions,
  TransferMode,
  VerifyMode,
} from './swarm/config.js';
export type {
  ChoiceContext,
  ChokingContext,
  ChokingNeighbour,
  ChokingStrategy,
  CustomStrategy,
  RoutingCandidate,
  RoutingContext,
  RoutingStrategy,
  Unchoked,
} from './swarm/custom/interface.js';
export type {
  CorruptFault,
  DeathFault,
  Fault,
  MembershipFault,
  SlowFault,
  TrackerFault,
} from './swarm/faults.js';
export type { RankWait } from './swarm/report-types.js';
export type {
  BetweenProcesses,
  FaultResult,
  MissingSegments,
  Outcome,
  ProcessResult,
  RankResult,
  RunResult,
} from './swarm/result.js';
export { compareStrategies } from './report/comparison/index.js';
export type {
  CompareHooks,
  CompareOptions,
  ComparedPoint,
  Comparison,
  GateResult,
  Metric,
  NoWinner,
  Pair,
  PairTest,
  Sample,
  Settings,
  Summary,
  Verdict,
} from './report/comparison/index.js';
export type { Environment } from './report/environment.js';
export type { Interval } from './report/statistics/bootstrap.js';
export type {
  Axis,
  ComparedConfig,
  Contender,
  Crew,
  MatrixOptions,
  MatrixProgress,
  Point,
  Runner,
} from './swarm/compare/index.js';
export type { TraceResult } from './swarm/virtual/trace-file.js';
export { launch } from './comm/launch.js';
export type { LaunchOptions, RankProgram } from './comm/launch.js';
export { Communicator } from './comm/communicator.js';
export type { Match, TimedMatch } from './comm/communicator.js';
export type { NumberArray, ReduceOperation } from './comm/collectives.js';
export { ANY_SOURCE, ANY_TAG } from './comm/message.js';
export type { Envelope, Message } from './comm/message.js';
export { AbortedError, DeadlockError, RankFailedError, RecvTimeoutError } from './comm/errors.js';
export type { MixPart, PeerClass, Protocol } from './swarm/virtual/options.js';
export type { Observation } from './swarm/virtual/observation.js';
export type { Optimum } from './swarm/virtual/optimum.js';
