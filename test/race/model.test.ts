/** Checks the model of parking, `spec/parking.pml`, with spin: skipped where that is not installed. */
import { execFileSync, spawnSync } from 'node:child_process';
import * as path from 'node:path';
import t from 'tap';

const MODEL = path.join(__dirname, '../../spec/parking.pml');

const isHere = (command: string): boolean => spawnSync(command, ['--version']).error === undefined;
const skip = !(isHere('spin') && isHere('cc')) && 'spin and cc are not installed';

/** @returns what the checker says of all interleavings */
function check(directory: string, ...definitions: string[]): string {
  const run = (command: string, ...args: string[]): string =>
    execFileSync(command, args, { cwd: directory, encoding: 'utf8' });
  run('spin', ...definitions, '-a', MODEL);
  run('cc', '-O2', '-DSAFETY', '-DCOLLAPSE', '-o', 'pan', 'pan.c');
  return run('./pan', '-m100000');
}

const SIZES = [
  ['-DPRODUCERS=2', '-DMESSAGES=2', '-DCAPACITY=2'],
  ['-DPRODUCERS=2', '-DMESSAGES=4', '-DCAPACITY=2'],
  ['-DPRODUCERS=2', '-DMESSAGES=3', '-DCAPACITY=1'],
  ['-DPRODUCERS=3', '-DMESSAGES=1', '-DCAPACITY=1'],
];

for (const size of SIZES) {
  t.test(`no wake-up is lost, and nobody waits for ever: ${size.join(' ')}`, { skip }, (t) => {
    const said = check(t.testdir(), ...size);
    t.match(said, 'errors: 0');
    t.notMatch(said, 'max search depth too small');
    const [, states] = /([\d.e+]+) states, stored/.exec(said) ?? [];
    t.ok(Number(states) > 1000, `${states} states`);
    t.end();
  });
}

const FAULTS = {
  NO_RECHECK: 'the sleeper does not look once more',
  ANNOUNCE_LATE: 'the sleeper looks before it announces its sleep',
  NO_NOTIFY: 'the waker does not notify',
  NO_WISH: 'who finds no room does not ask for it',
  NO_SECOND_LOOK: 'who has asked for room does not look once more',
  WAKE_EARLY: 'the receiver is woken before the message is published',
};

for (const [definition, fault] of Object.entries(FAULTS)) {
  t.test(`the model finds it when ${fault}`, { skip }, (t) => {
    const said = check(t.testdir(), `-D${definition}`);
    t.match(said, 'invalid end state');
    t.match(said, 'errors: 1');
    t.end();
  });
}
