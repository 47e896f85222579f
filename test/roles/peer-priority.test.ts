import fc from 'fast-check';
import t from 'tap';

import { type PeerAddress, crc32c, peerPriority } from '../../src/roles/peer-priority.js';

const peer = (ip: string, port = 6881): PeerAddress => ({ ip, port });

t.test('the example pairs of BEP 40 have the priorities that it tells', (t) => {
  t.equal(peerPriority(peer('123.213.32.10'), peer('98.76.54.32')), 0xec2d7224);
  t.equal(peerPriority(peer('123.213.32.10'), peer('123.213.32.234')), 0x99568189);
  t.end();
});

t.test('the checksum is the one of RFC 3720', (t) => {
  t.equal(crc32c(new Array<number>(32).fill(0)), 0x8a9136aa);
  t.equal(crc32c(Array.from({ length: 32 }, (_, index) => index)), 0x46dd794e);
  t.end();
});

t.test('both sides compute the same priority', (t) => {
  const peers = fc.record({ ip: fc.ipV4(), port: fc.integer({ min: 1, max: 65_535 }) });
  const isSymmetric = fc.property(peers, peers, (a, b) => {
    const priority = peerPriority(a, b);
    return priority === peerPriority(b, a) && priority >= 0 && priority < 2 ** 32;
  });
  t.doesNotThrow(() => fc.assert(isSymmetric));
  t.end();
});

t.test('which peer of a far network it is changes little, and of a near one everything', (t) => {
  const self = peer('10.1.2.3');
  // 0x55 leaves every second bit out.
  t.equal(peerPriority(self, peer('20.1.2.0')), peerPriority(self, peer('20.1.2.170')));
  t.equal(peerPriority(self, peer('10.1.9.0')), peerPriority(self, peer('10.1.9.170')));
  t.not(peerPriority(self, peer('10.1.8.0')), peerPriority(self, peer('10.1.10.0')));
  t.not(peerPriority(self, peer('10.1.2.0')), peerPriority(self, peer('10.1.2.170')));
  t.end();
});

t.test('peers behind one address are told apart by their ports', (t) => {
  const pair = (a: number, b: number): number =>
    peerPriority(peer('10.1.2.3', a), peer('10.1.2.3', b));
  t.equal(pair(6881, 6882), pair(6882, 6881));
  t.not(pair(6881, 6882), pair(6881, 6883));
  t.end();
});
