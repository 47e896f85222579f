/**
 * Section "startup": from the call until all clients are released.
 *
 *      runSwarm()  ->  64 threads, each: load, instantiate, register  ->  tracker releases all
 *      peer        ->  64 empty workers, each: first line
 */
import { workerStartUp } from './peers/empty-workers.js';
import { NODE_VERSION, type PeerResult } from './peers/peer.js';
import { type Measurement, atMost, pickPeer, middle } from './report.js';
import { type BenchContext, type Section, peersOrSkip, sampled } from './section.js';
import { RANKS, verifiedSwarm } from './swarm.js';

const NS_A_MS = 1e6;
const SWARM = { segments: 64, segmentBytes: 0, threads: RANKS };

/** Start-up of a thread a rank. */
export const startupSection: Section = {
  name: 'startup',
  title: `startup: ${RANKS} threads`,
  run: async ({ quick, progress }: BenchContext): Promise<Measurement[]> => {
    progress.show('startup');
    const repetitions = quick ? 2 : 5;
    const peers: PeerResult[] = [];
    // Both take turns, so that both see the machine in the same state.
    const measured = await sampled(
      { name: 'call to release of all clients', unit: 'ns' },
      async () => {
        const samples: number[] = [];
        await verifiedSwarm(SWARM);
        for (let repetition = 0; repetition < repetitions; repetition++) {
          peers.push(
            ...(await peersOrSkip('empty workers', 'ns', async () => [await workerStartUp(RANKS)])),
          );
          const { timing } = await verifiedSwarm(SWARM);
          samples.push(timing.startupMs * NS_A_MS);
        }
        return samples;
      },
    );
    return [{ ...measured, comparisons: [{ peer: middleOf(peers), target: atMost(1.2) }] }];
  },
};

function middleOf(peers: readonly PeerResult[]): PeerResult {
  const times = peers.flatMap(({ value }) => (value === undefined ? [] : [value]));
  if (times.length === 0) return pickPeer(peers, 'empty workers');
  return {
    name: `${RANKS} empty workers`,
    version: NODE_VERSION,
    unit: 'ns',
    value: middle(times),
  };
}
