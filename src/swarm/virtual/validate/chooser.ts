/** Asks a strategy whom it would send a request to, apart from any swarm. */
import { readFileSync } from 'node:fs';
import { assert } from '../../../assert.js';
import { STATIC_BYTES, type VirtualKernel, instantiateKernel } from '../../../roles/kernel.js';
import { STRATEGIES } from '../../../roles/strategies.js';
import { KERNEL_FILE } from '../../plan.js';
import { SeededRandom } from '../../random.js';

const PAGES = 64;
const MAX_PAGES = 1024;
/** A word that says where the kernel's heap begins, right behind it. */
const HEAP_END_ADDRESS = STATIC_BYTES;
const HEAP_START = HEAP_END_ADDRESS + 128;

/** Chooses among `peers` peers, which look busy as `loads` says. */
export class Chooser {
  /** How busy each peer looks; to be written by the caller. */
  readonly loads: Int32Array;
  private readonly candidates: Int32Array;
  private readonly kernel: VirtualKernel;
  private readonly random: SeededRandom;

  /**
   * @param strategy - name of one that goes by loads or by chance
   * @param choices - how many peers, drawn at random with repetition, the strategy may choose from;
   *   all of them by default
   */
  constructor(
    strategy: string,
    private readonly peers: number,
    seed: number,
    private readonly choices = peers,
  ) {
    const number = STRATEGIES.findIndex(({ name }) => name === strategy);
    assert(number >= 0, `a strategy named ${strategy}`);
    const memory = new WebAssembly.Memory({ initial: PAGES, maximum: MAX_PAGES, shared: true });
    new Int32Array(memory.buffer, HEAP_END_ADDRESS, 1)[0] = HEAP_START;
    const nothing = (): void => undefined;
    this.kernel = instantiateKernel(new WebAssembly.Module(readFileSync(KERNEL_FILE)), memory, {
      accept: () => 1,
      complete: nothing,
      finished: nothing,
      after: nothing,
      released: nothing,
      allFinished: nothing,
      fault: nothing,
    });
    this.kernel.openHeap(HEAP_END_ADDRESS);
    this.kernel.openFiles(peers, 0, 0);
    this.kernel.openStrategy(number, 0, 0);
    const words = (count: number): Int32Array =>
      new Int32Array(memory.buffer, this.kernel.allocate(count * 4), count);
    this.loads = words(peers);
    this.candidates = words(choices);
    for (let index = 0; index < choices; index++) this.candidates[index] = index;
    this.random = new SeededRandom(seed, `choices of ${strategy}`);
    this.kernel.openChoice(this.loads.byteOffset, seed);
  }

  /** Whom a request goes to that a random peer has. */
  choose(): number {
    const { candidates, choices, peers, random } = this;
    if (choices < peers) {
      for (let index = 0; index < choices; index++) candidates[index] = random.below(peers);
    }
    return this.kernel.chooseHolder(random.below(peers), candidates.byteOffset, choices);
  }
}
