import t from 'tap';
import {
  type ContentShape,
  ContentStore,
  allocateContent,
  contentBytes,
  contentShape,
  mapContent,
} from '../../src/shm/content-store.js';
import { requireKoffi } from '../../src/shm/koffi.js';

/** A store of ten cells in slabs of four, as a store of more than 4 GiB has. */
const SHAPE: ContentShape = { cells: 10, strideBytes: 64, cellsPerSlab: 4 };

function whyNotMapped(): string | false {
  if (process.platform !== 'linux') return 'it is mapped as Linux does it';
  try {
    requireKoffi();
    return false;
  } catch {
    return 'the package koffi, which is optional, is not installed';
  }
}

t.test('cells lie 64 bytes apart or a multiple of that', (t) => {
  const strides = [0, 1, 63, 64, 65, 1000, 16384].map(
    (bytes) => contentShape(3, bytes).strideBytes,
  );
  t.strictSame(strides, [0, 64, 64, 64, 128, 1024, 16384]);
  t.equal(contentBytes(contentShape(3, 65)), 3 * 128);
  t.end();
});

t.test('no slab exceeds what a typed array can show', (t) => {
  for (const cellBytes of [1, 16384, 1_000_000, 2 ** 30, 2 ** 32 - 2 ** 16]) {
    const { strideBytes, cellsPerSlab } = contentShape(2 ** 20, cellBytes);
    t.ok(cellsPerSlab >= 1, `${cellBytes} bytes a cell`);
    t.ok(cellsPerSlab * strideBytes <= 2 ** 32);
    t.ok((cellsPerSlab + 1) * strideBytes > 2 ** 32 - 2 ** 16, 'a slab is used to its end');
  }
  t.throws(() => contentShape(1, 2 ** 32), { code: 'ERR_BTSHM_ASSERTION' });
  t.end();
});

t.test('the last slab is as long as its cells', (t) => {
  const { slabs } = allocateContent(SHAPE);
  t.strictSame(
    slabs.map((slab) => slab.byteLength),
    [256, 256, 128],
  );
  t.equal(allocateContent({ ...SHAPE, cells: 8 }).slabs.length, 2, 'none is empty');
  t.end();
});

t.test('every cell of every slab has bytes of its own', (t) => {
  const memory = allocateContent(SHAPE);
  const store = new ContentStore(memory);
  for (let cell = 0; cell < SHAPE.cells; cell++) store.bytes(cell, 64).fill(cell + 1);
  const reader = new ContentStore(memory);
  for (let cell = 0; cell < SHAPE.cells; cell++) {
    const bytes = reader.bytes(cell, 64);
    t.equal(bytes.length, 64);
    t.ok(
      bytes.every((byte) => byte === cell + 1),
      `cell ${cell}`,
    );
  }
  const filled = memory.slabs.flatMap((slab) => Array.from(new Uint8Array(slab)));
  t.notOk(filled.includes(0), 'together they fill the slabs');
  t.end();
});

t.test('a store may lie where a library has mapped memory', { skip: whyNotMapped() }, (t) => {
  const koffi = requireKoffi();
  const map = koffi.load(null).func('void *mmap(void *, size_t, int, int, int, int64)');
  const bytes = contentBytes(SHAPE);
  const [readWrite, sharedAnonymous] = [3, 0x21];
  const mapped = map(null, bytes, readWrite, sharedAnonymous, -1, 0) as object;
  const memory = mapContent(SHAPE, koffi.address(mapped));
  const store = new ContentStore(memory);
  for (let cell = 0; cell < SHAPE.cells; cell++) store.bytes(cell, 64).fill(cell + 1);
  const all = new Uint8Array(koffi.view(mapped, bytes));
  t.ok(
    all.every((byte, at) => byte === Math.floor(at / 64) + 1),
    'its slabs follow each other',
  );
  t.equal(new ContentStore(memory).bytes(9, 64)[0], 10, 'whoever opens it sees the same');
  t.end();
});

t.test('a cell shows its first bytes, in place', (t) => {
  const memory = allocateContent(SHAPE);
  const store = new ContentStore(memory);
  const bytes = store.bytes(5, 3);
  t.equal(bytes.length, 3);
  t.equal(bytes.buffer, memory.slabs[1]);
  t.equal(bytes.byteOffset, 64);
  t.equal(store.bytes(9, 0).length, 0);
  t.end();
});

t.test('refuses bytes that no cell has', (t) => {
  const store = new ContentStore(allocateContent(SHAPE));
  for (const [cell, length] of [
    [-1, 1],
    [10, 1],
    [0, 65],
    [9, 128],
  ]) {
    t.throws(() => store.bytes(cell, length), {
      code: 'ERR_BTSHM_ASSERTION',
      message: `cell=${cell} of 10 length=${length} of 64`,
    });
  }
  t.end();
});

t.test('a store for control traffic alone takes no memory', (t) => {
  const shape = contentShape(1000, 0);
  t.equal(contentBytes(shape), 0);
  t.strictSame(allocateContent(shape).slabs, []);
  t.end();
});
