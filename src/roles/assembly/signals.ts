/** What a thread and the conductor tell each other, and when the thread's host is wanted. */
import { control } from '../../comm/assembly/endpoint';
import { HEARTBEAT } from '../../shm/control-words';

/** Address of the word that is not 0 once the run is given up. */
let abort: usize = 0;
let isHostWanted: bool = false;

export function openSignals(abortAddress: usize): void {
  abort = abortAddress;
}

/** Whether the run is given up: nothing is to be begun any more. */
export function isGivenUp(): bool {
  return atomic.load<i32>(abort) != 0;
}

/** Shows the conductor that this thread comes forward. */
export function beat(): void {
  const heartbeat = control + ((<usize>HEARTBEAT) << 2);
  atomic.store<i32>(heartbeat, load<i32>(heartbeat) + 1);
}

/** The host is to see to something before the thread's next turn or sleep. */
export function wantHost(): void {
  isHostWanted = true;
}

/** Whether the host was wanted since the last call. */
export function takeHostWanted(): bool {
  const wasWanted = isHostWanted;
  isHostWanted = false;
  return wasWanted;
}
