import t from 'tap';

import { ProgressLine, barGlyphs } from '../../src/cli/progress.js';
import { plainPaint } from '../../src/report/paint.js';
import type { RunProgress } from '../../src/swarm/run.js';

/** A terminal of the given width that shows what is on its line, and a clock that is set. */
class Screen {
  line = '';
  draws = 0;
  nowMs = 0;

  constructor(readonly columns: number) {}

  readonly progress = new ProgressLine({
    stream: this,
    paint: plainPaint,
    glyphs: ['#', '-'],
    now: () => this.nowMs,
  });

  write(text: string): boolean {
    this.draws += 1;
    t.ok(text.startsWith('\r\x1b[K'), 'every draw replaces the line');
    this.line = text.slice(4);
    t.ok(this.line.length < this.columns, 'the last column stays free');
    return true;
  }

  show(nowMs: number, segmentsDelivered: number, threadsReady = 4): void {
    this.nowMs = nowMs;
    const progress: RunProgress = {
      phase: 'exchanging',
      threadsReady,
      threads: 4,
      segmentsDelivered,
      segmentsWanted: 100_000,
    };
    this.progress.update(progress);
  }
}

t.test('the line shows phase, bar, segments, rate and time left', (t) => {
  const screen = new Screen(80);
  screen.progress.open();
  t.match(screen.line, /^starting/);
  screen.show(0, 0, 1);
  t.match(screen.line, /^starting #+-+ 1 of 4 threads ready$/);
  screen.show(1000, 0);
  screen.show(2000, 25_000);
  t.match(screen.line, /^exchanging #+-+ {2}25% {2}25,000 of 100,000 segments {2}12\.5 k\/s/);
  t.match(screen.line, / 0:06 left$/);
  screen.progress.close();
  t.equal(screen.line, '');
  t.end();
});

t.test('the rate forgets what is long past', (t) => {
  const screen = new Screen(80);
  for (let second = 0; second <= 10; second++) screen.show(second * 1000, second * 10);
  for (let second = 11; second <= 20; second++) screen.show(second * 1000, second * 1000);
  t.match(screen.line, / 1\.00 k\/s /);
  t.end();
});

t.test('the line is drawn about ten times a second, however often it is updated', (t) => {
  const screen = new Screen(80);
  for (let ms = 0; ms < 1000; ms += 5) screen.show(ms, ms + 1);
  t.ok(screen.draws >= 8 && screen.draws <= 11, `${screen.draws} draws`);
  t.end();
});

t.test('a narrow terminal gets a shorter line', (t) => {
  for (const columns of [10, 30, 50, 62, 200]) {
    const screen = new Screen(columns);
    screen.show(0, 10);
    screen.show(1000, 50_000);
    t.match(screen.line, /^exchangin/, `${columns} columns`);
  }
  t.end();
});

t.test('once a run is being stopped or is over, figures are drawn no more', (t) => {
  const screen = new Screen(80);
  screen.show(0, 10);
  screen.progress.stop();
  t.match(screen.line, /^stopping/);
  screen.show(1000, 20);
  t.match(screen.line, /^stopping/);
  screen.progress.close();
  const { draws } = screen;
  screen.show(2000, 30);
  screen.progress.stop();
  screen.progress.close();
  t.equal(screen.draws, draws);
  t.end();
});

t.test('bars are of blocks where the locale has them', (t) => {
  t.strictSame(barGlyphs({ LANG: 'en_US.UTF-8' }), ['█', '░']);
  t.strictSame(barGlyphs({ LANG: 'en_US.UTF-8', LC_ALL: 'C' }), ['#', '-']);
  t.strictSame(barGlyphs({}), ['#', '-']);
  t.end();
});
