import t from 'tap';

import { MatrixLine } from '../../src/cli/matrix-line.js';
import { plainPaint } from '../../src/report/paint.js';

/** A terminal that shows what is on its line, and a clock that is set. */
class Screen {
  readonly columns = 80;
  text = '';
  draws = 0;
  nowMs = 0;

  readonly line = new MatrixLine({
    stream: this,
    paint: plainPaint,
    glyphs: ['#', '-'],
    now: () => this.nowMs,
  });

  write(text: string): boolean {
    this.draws += 1;
    this.text = text.slice('\r\x1b[K'.length);
    return true;
  }

  show(nowMs: number, runsDone: number, msLeft?: number, runsRecalled = 0): void {
    this.nowMs = nowMs;
    this.line.update({
      runs: 80,
      runsDone,
      runsRecalled,
      share: runsDone / 80,
      ...(msLeft !== undefined && { msLeft }),
    });
  }
}

t.test('shows runs, stored ones and the time left of the whole comparison', (t) => {
  const screen = new Screen();
  screen.show(0, 0);
  t.match(screen.text, /^comparing -+ {3}0% {2}0 of 80 runs$/);
  screen.show(1000, 20, 61_000, 5);
  t.match(screen.text, /^comparing #+-+ {2}25% {2}20 of 80 runs \(5 stored\) {2}1:01 left$/);
  screen.line.close();
  t.equal(screen.text, '');
  t.end();
});

t.test('is drawn about ten times a second, and no more once it is being stopped', (t) => {
  const screen = new Screen();
  for (let ms = 0; ms < 1000; ms += 5) screen.show(ms, 1);
  t.ok(screen.draws >= 8 && screen.draws <= 11, `${screen.draws} draws`);
  screen.line.stop();
  t.match(screen.text, /^stopping/);
  screen.show(2000, 2);
  t.match(screen.text, /^stopping/);
  t.end();
});
