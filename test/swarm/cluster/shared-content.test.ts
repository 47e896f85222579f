import t from 'tap';
import { contentShape } from '../../../src/shm/content-store.js';
import { type Offer, canShare } from '../../../src/swarm/cluster/shared-content.js';

const MIB = 2 ** 20;

/** Content of `mib` MiB in cells of 1 MiB, on a machine with room for `freeMib`. */
function offer(mib: number, freeMib: number): Offer {
  return { shape: contentShape(mib, MIB), freeBytes: freeMib * MIB };
}

t.test('processes share their content where the machine has room for twice as much', (t) => {
  t.ok(canShare([offer(10, 61), offer(20, 61)]));
  t.notOk(canShare([offer(10, 60), offer(20, 60)]), 'half of it is for others');
  t.notOk(canShare([offer(10, 61), offer(20, 60)]), 'the least that one of them has found counts');
  t.notOk(canShare([offer(10, 61), offer(10, 0)]), 'one of them is not to');
  t.end();
});

t.test('who is alone, or has lost somebody, shares nothing', (t) => {
  t.notOk(canShare([offer(10, 1000)]));
  t.notOk(canShare([offer(10, 1000), undefined]));
  t.end();
});

t.test('every part takes whole pages, and one to begin at a page', (t) => {
  const small: Offer = { shape: contentShape(1, 64), freeBytes: 2 * (2 * 2 * 4096) };
  t.ok(canShare([small, small]));
  t.notOk(canShare([small, { ...small, freeBytes: small.freeBytes - 1 }]));
  t.end();
});

t.test('cells that can not be numbered through are not shared', (t) => {
  const many: Offer = { shape: contentShape(2 ** 30, 32), freeBytes: Infinity };
  t.ok(canShare([many, { ...many, shape: contentShape(2 ** 30 - 1, 32) }]));
  t.notOk(canShare([many, many]));
  t.end();
});
