/**
 * How much a connection between two peers is worth where there are too many: both sides compute the
 * same number, and nobody can choose it.
 *
 * Source: BEP 40, "Canonical peer priority", for IPv4.
 */

/** Where a peer can be reached. */
export interface PeerAddress {
  /** Four bytes in dotted decimal notation. */
  readonly ip: string;
  readonly port: number;
}

const IP_BYTES = 4;

/**
 * Bits of the addresses that count, the first where they share no more than a /16: peers of one
 * network, who are easily many, have few different priorities.
 */
const MASKS = [
  { sharedBytes: 3, mask: [0xff, 0xff, 0xff, 0xff] },
  { sharedBytes: 2, mask: [0xff, 0xff, 0xff, 0x55] },
  { sharedBytes: 0, mask: [0xff, 0xff, 0x55, 0x55] },
] as const;

/**
 * Computes the priority of the connection between two peers: the CRC32-C of both masked addresses,
 * the lower first; for peers behind one address that of their ports.
 *
 * @returns a whole number below 2^32, the same for both orders; higher: to be kept
 */
export function peerPriority(a: PeerAddress, b: PeerAddress): number {
  const [ipA, ipB] = [bytesOf(a.ip), bytesOf(b.ip)];
  if (a.ip === b.ip) return crc32c(inOrder(portBytes(a.port), portBytes(b.port)));
  const shared = sharedBytes(ipA, ipB);
  const { mask } = MASKS.find(({ sharedBytes: least }) => shared >= least) ?? MASKS[2];
  const masked = (ip: readonly number[]): number[] => ip.map((byte, index) => byte & mask[index]);
  return crc32c(inOrder(masked(ipA), masked(ipB)));
}

function bytesOf(ip: string): number[] {
  return ip.split('.').map(Number);
}

function portBytes(port: number): number[] {
  return [port >> 8, port & 0xff];
}

function sharedBytes(a: readonly number[], b: readonly number[]): number {
  let shared = 0;
  while (shared < IP_BYTES && a[shared] === b[shared]) shared++;
  return shared;
}

/** Both, as bytes in network order, the lower first. */
function inOrder(a: readonly number[], b: readonly number[]): number[] {
  const differing = a.findIndex((byte, index) => byte !== b[index]);
  return differing >= 0 && a[differing] > b[differing] ? [...b, ...a] : [...a, ...b];
}

/** Castagnoli's polynomial, bits reversed. */
const POLYNOMIAL = 0x82f63b78;
const BITS = 8;

/** The CRC32-C of some bytes (RFC 3720, appendix B.4). */
export function crc32c(bytes: readonly number[]): number {
  let crc = -1;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < BITS; bit++) crc = (crc >>> 1) ^ (crc & 1 ? POLYNOMIAL : 0);
  }
  return ~crc >>> 0;
}
