/** The exit codes of the command line, each by the outcome it stands for. */
export const EXIT_CODES = {
  /** The run finished and every check passed. */
  done: 0,
  /** A defect in bt-shm itself. */
  internal: 1,
  /** A usage, configuration or input error. */
  usage: 2,
  /** Segments are missing, or fail their hash. */
  segmentsMissing: 3,
  /** A threshold that the user set was missed. */
  threshold: 4,
  /** A rank died, and the swarm could not finish without it. */
  rankDied: 5,
  /** No progress within the stall timeout. */
  stalled: 6,
  /** SIGINT or SIGTERM. */
  interrupted: 130,
} as const;

/** One of the values in {@link EXIT_CODES}. */
export type ExitCode = (typeof EXIT_CODES)[keyof typeof EXIT_CODES];

/** The stable code of a bt-shm error. Messages may change between versions, codes do not. */
export type BtShmErrorCode =
  | 'ERR_BTSHM_ASSERTION'
  | 'ERR_BTSHM_USAGE'
  | 'ERR_BTSHM_INPUT'
  | 'ERR_BTSHM_MEMORY_LIMIT'
  | 'ERR_BTSHM_STRATEGY'
  | 'ERR_BTSHM_RANK_FAILED'
  | 'ERR_BTSHM_ABORTED'
  | 'ERR_BTSHM_DEADLOCK'
  | 'ERR_BTSHM_TIMEOUT'
  | 'ERR_BTSHM_MPI';

const EXIT_CODE_OF_ERROR: Readonly<Record<BtShmErrorCode, ExitCode>> = {
  ERR_BTSHM_ASSERTION: EXIT_CODES.internal,
  ERR_BTSHM_USAGE: EXIT_CODES.usage,
  ERR_BTSHM_INPUT: EXIT_CODES.usage,
  ERR_BTSHM_MEMORY_LIMIT: EXIT_CODES.usage,
  ERR_BTSHM_STRATEGY: EXIT_CODES.usage,
  ERR_BTSHM_RANK_FAILED: EXIT_CODES.rankDied,
  ERR_BTSHM_ABORTED: EXIT_CODES.rankDied,
  ERR_BTSHM_DEADLOCK: EXIT_CODES.stalled,
  ERR_BTSHM_TIMEOUT: EXIT_CODES.stalled,
  ERR_BTSHM_MPI: EXIT_CODES.usage,
};

/** Base class of the errors that bt-shm throws on purpose. */
export abstract class BtShmError extends Error {
  /** What went wrong, for programs; the message is for people. */
  readonly code: BtShmErrorCode;

  /**
   * @param code - the stable code of the error
   * @param message - what was expected and what was found
   * @param options - the underlying error, as `cause`
   */
  protected constructor(code: BtShmErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }

  override get name(): string {
    return this.constructor.name;
  }
}

/** A command line, configuration or API option that can't be used as given. */
export class UsageError extends BtShmError {
  /**
   * @param message - the option and its value, and what was expected in its place
   * @param options - the underlying error, as `cause`
   */
  constructor(message: string, options?: ErrorOptions) {
    super('ERR_BTSHM_USAGE', escapeControls(message), options);
  }
}

/** Where an input was wrong, and how. */
export interface InputErrorDetails {
  /** The input file, as the user named it. */
  readonly file: string;
  /** The line, counted from 1; absent when the file as a whole is wrong. */
  readonly line?: number;
  /** What a correct file has there. */
  readonly expected: string;
  /** What this file has there. */
  readonly found: string;
  /** The underlying error, such as a failed read. */
  readonly cause?: unknown;
}

/** An input file that can't be read, or does not follow its format. */
export class InputError extends BtShmError {
  /** The input file, as the user named it. */
  readonly file: string;
  /** The line, counted from 1, or `undefined` when the file as a whole is wrong. */
  readonly line: number | undefined;
  /** What a correct file has there. */
  readonly expected: string;
  /** What this file has there. */
  readonly found: string;

  /** @param details - where the input was wrong, and how */
  constructor(details: InputErrorDetails) {
    const { file, line, expected, found } = details;
    const place = line === undefined ? file : `${file}:${line}`;
    super(
      'ERR_BTSHM_INPUT',
      escapeControls(`${place}: expected ${expected}, found ${found}`),
      'cause' in details ? { cause: details.cause } : undefined,
    );
    this.file = file;
    this.line = line;
    this.expected = expected;
    this.found = found;
  }
}

/** A run that would need more memory than it may take. */
export class MemoryLimitError extends BtShmError {
  /** What the memory is for. */
  readonly purpose: string;
  /** What the run would need, in bytes. */
  readonly requiredBytes: number;
  /** What it may take, in bytes. */
  readonly limitBytes: number;

  /**
   * @param purpose - what the memory is for
   * @param requiredBytes - what the run would need, in bytes
   * @param limitBytes - what it may take, in bytes
   */
  constructor(purpose: string, requiredBytes: number, limitBytes: number) {
    super(
      'ERR_BTSHM_MEMORY_LIMIT',
      `${purpose}: expected at most limitBytes=${limitBytes}, found requiredBytes=${requiredBytes}`,
    );
    this.purpose = purpose;
    this.requiredBytes = requiredBytes;
    this.limitBytes = limitBytes;
  }
}

/** A strategy of the user's own that threw, chose what was not offered, or never came to an end. */
export class StrategyError extends BtShmError {
  /**
   * @param message - the module, the strategy's name, the choice, what was expected and found
   * @param options - the underlying error, as `cause`
   */
  constructor(message: string, options?: ErrorOptions) {
    super('ERR_BTSHM_STRATEGY', escapeControls(message), options);
  }
}

/**
 * The exit code that an error ends the process with. It goes by the error's `code` and not by its
 * class, which is lost on the way out of a worker thread.
 *
 * @param error - anything that was thrown
 * @returns the code of a bt-shm error, {@link EXIT_CODES}`.internal` for everything else
 */
export function exitCodeOf(error: unknown): ExitCode {
  if (typeof error !== 'object' || error === null || !('code' in error)) {
    return EXIT_CODES.internal;
  }
  const { code } = error;
  return isBtShmErrorCode(code) ? EXIT_CODE_OF_ERROR[code] : EXIT_CODES.internal;
}

function isBtShmErrorCode(code: unknown): code is BtShmErrorCode {
  return typeof code === 'string' && Object.hasOwn(EXIT_CODE_OF_ERROR, code);
}

/** A message quotes bytes of the input; control characters among them must not reach a terminal. */
function escapeControls(text: string): string {
  return text.replace(
    /\p{Cc}/gu,
    (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
}
