/** Asks a strategy whom it would send a request to, apart from any swarm. */
import { readFileSync } from 'node:fs';
import { assert } from '../../../assert.js';
import { STATIC_BYTES, type VirtualKernel, instantiateKernel } from '../../../roles/kernel.js';
import { STRATEGIES } from '../../../roles/strategies.js';
import { KERNEL_FILE } from '../../plan.js';
import { WORD_BYTES } from '../../../shm/layout.js';
import { SeededRandom } from '../../random.js';
import { SILENT_HOST } from './silent-host.js';

const PAGES = 64;
const MAX_PAGES = 1024;
/** A word that says where the kernel's heap begins, right behind it. */
const HEAP_END_ADDRESS = STATIC_BYTES;
const HEAP_START = HEAP_END_ADDRESS + 128;

/** Chooses among `peers` peers, which look busy as `loads` says. */
export class Chooser {
  /** How busy each peer looks; to be written by the caller. */
  readonly loads: Int32Array;
  private readonly everybody: Int32Array;
  private readonly kernel: VirtualKernel;
  private readonly random: SeededRandom;

  /**
   * @param strategy - name of one that goes by loads or by chance
   * @param draws - how many peers it draws for each choice, where it draws any
   */
  constructor(
    strategy: string,
    private readonly peers: number,
    seed: number,
    draws = 0,
  ) {
    const number = STRATEGIES.findIndex(({ name }) => name === strategy);
    assert(number >= 0, `a strategy named ${strategy}`);
    const memory = new WebAssembly.Memory({ initial: PAGES, maximum: MAX_PAGES, shared: true });
    new Int32Array(memory.buffer, HEAP_END_ADDRESS, 1)[0] = HEAP_START;
    const module = new WebAssembly.Module(readFileSync(KERNEL_FILE));
    this.kernel = instantiateKernel(module, memory, SILENT_HOST);
    this.kernel.openHeap(HEAP_END_ADDRESS);
    this.kernel.openFiles(peers, 0, 0);
    this.kernel.openStrategy(number, 0, 0, draws);
    const words = (count: number): Int32Array => {
      const place = this.kernel.allocate(count * WORD_BYTES);
      return new Int32Array(memory.buffer, place, count);
    };
    this.loads = words(peers);
    this.everybody = words(peers);
    for (let peer = 0; peer < peers; peer++) this.everybody[peer] = peer;
    this.random = new SeededRandom(seed, 'who asks');
    this.kernel.openChoice(this.loads.byteOffset, seed);
  }

  /** Whom a request goes to that a random peer has. */
  choose(): number {
    const { everybody, kernel, peers, random } = this;
    return kernel.choose(random.below(peers), everybody.byteOffset, peers);
  }
}
