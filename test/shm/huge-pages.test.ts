import { readFileSync } from 'node:fs';
import t from 'tap';
import { adviseHugePages } from '../../src/shm/huge-pages.js';

const PAGES = 1024;
const PAGE_BYTES = 65_536;

/** Mappings of this process that huge pages were asked for. */
function advisedMappings(): number {
  const flags = readFileSync('/proc/self/smaps', 'utf8').matchAll(/^VmFlags:(.*)$/gm);
  return [...flags].filter(([, words]) => words.split(' ').includes('hg')).length;
}

function whySkip(): string | false {
  if (process.platform !== 'linux') return 'only Linux takes advice on pages';
  try {
    require.resolve('koffi');
    return false;
  } catch {
    return 'the package koffi, which is optional, is not installed';
  }
}

t.test('memory that huge pages were asked for is marked, and grows', { skip: whySkip() }, (t) => {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: PAGES, shared: true });
  const before = advisedMappings();
  t.ok(adviseHugePages(memory, PAGES * PAGE_BYTES), 'the system takes the advice');
  t.ok(advisedMappings() > before, 'and shows it');
  memory.grow(PAGES - 1);
  const words = new Int32Array(memory.buffer);
  words[words.length - 1] = 7;
  t.equal(words[words.length - 1], 7);
  t.end();
});
