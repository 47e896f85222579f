/** The rules of choking of `--protocol bep3`; they stand in `assembly/bep3/chokers/`, one a file. */

/** What a run has to know of a choker besides its rule. */
export interface Choker {
  readonly name: string;
  /** One line for `bt-shm list`. */
  readonly summary: string;
  /** Most connections a peer has, where the rule says. */
  readonly neighbours?: number;
  /** Most requests in flight on a connection, where the rule says. */
  readonly pipeline?: number;
}

/** In the order of the cases of `assembly/bep3/chokers/index.ts`; the default first. */
export const CHOKERS: readonly Choker[] = [
  { name: 'tit-for-tat', summary: 'to those who gave the most in the last 20 s (BEP 3)' },
  { name: 'fixed-slots', summary: "libtorrent's: who gave the most in the last round" },
  { name: 'rate-based', summary: "libtorrent's: as many slots as upload rates justify" },
  { name: 'bit-tyrant', summary: 'selfish: the best return on what is uploaded (Piatek 2007)' },
  { name: 'prop-share', summary: 'shares of the uplink in proportion to gifts (Levin 2008)' },
  { name: 'pairwise', summary: 'at most two blocks ahead of each neighbour (Bharambe 2006)' },
  {
    name: 'kraken',
    summary: 'nobody is choked: 10 connections, 3 requests on each',
    neighbours: 10,
    pipeline: 3,
  },
];

/** Whom those upload to that have everything; in the order of `chokers/index.ts`. */
export const SEED_CHOKERS: readonly Choker[] = [
  { name: 'fastest-upload', summary: 'to whom the most was sent in the last 20 s' },
  { name: 'in-turn', summary: 'to all in turn, three rounds each' },
  { name: 'anti-leech', summary: 'to those who just began or are nearly done' },
];

/** How a peer behaves besides its rules, as an entry of `--mix`. */
export interface Behaviour {
  readonly name: string;
  readonly summary: string;
  /** Bits of `behaviour` in `assembly/bep3/peer.ts`. */
  readonly bits?: number;
  /** Leaves when it has everything. */
  readonly leaves?: boolean;
  /** Has so many times the connections of others. */
  readonly viewFactor?: number;
}

/** The behaviours there are; each goes with the run's strategy. */
export const BEHAVIOURS: readonly Behaviour[] = [
  { name: 'free-rider', summary: 'uploads nothing', bits: 1 },
  { name: 'leaver', summary: 'leaves as soon as it has everything', leaves: true },
  { name: 'large-view', summary: 'twice the connections, uploads nothing', bits: 1, viewFactor: 2 },
  { name: 'idle', summary: 'interested, but never asks for anything', bits: 4 },
];
