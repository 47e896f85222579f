/** Asks a strategy whom it would send a request to, apart from any swarm. */
import { readFileSync } from 'node:fs';
import {
  STATIC_BYTES,
  type VirtualKernel,
  instantiateKernel,
  openRules,
} from '../../../roles/kernel.js';
import { PICKERS } from '../../../roles/pickers.js';
import { KERNEL_FILE } from '../../plan.js';
import { SeededRandom } from '../../random.js';
import { IDLE_HOST } from './idle-host.js';

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

  /** @param strategy - name of one that goes by loads or by chance */
  constructor(
    strategy: string,
    private readonly peers: number,
    seed: number,
  ) {
    const memory = new WebAssembly.Memory({ initial: PAGES, maximum: MAX_PAGES, shared: true });
    new Int32Array(memory.buffer, HEAP_END_ADDRESS, 1)[0] = HEAP_START;
    const module = new WebAssembly.Module(readFileSync(KERNEL_FILE));
    this.kernel = instantiateKernel(module, memory, IDLE_HOST);
    this.kernel.openHeap(HEAP_END_ADDRESS);
    this.kernel.openFiles(peers, 0, 0, 0);
    openRules(this.kernel, strategy, PICKERS[0].name);
    const words = (): Int32Array =>
      new Int32Array(memory.buffer, this.kernel.allocate(peers * 4), peers);
    this.loads = words();
    this.candidates = words();
    for (let peer = 0; peer < peers; peer++) this.candidates[peer] = peer;
    this.random = new SeededRandom(seed, `choices of ${strategy}`);
    this.kernel.openChoice(this.loads.byteOffset, seed);
  }

  /** Whom a request goes to that a random peer has. */
  choose(): number {
    const { candidates, peers, random } = this;
    return this.kernel.chooseHolder(random.below(peers), candidates.byteOffset, peers);
  }
}
