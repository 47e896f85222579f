import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, statfsSync, writeFileSync } from 'node:fs';
import * as path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { checkSchema } from '../schemas.js';
import { command, runJson } from './command.js';
import { type Launcher, findLauncher, job, jobJson, startJob } from './mpirun.js';

/** A strategy that makes a file beside it when a process first asks it. */
const TELLING_STRATEGY = `
import { writeFileSync } from 'node:fs';
let isTold = false;
export default {
  name: 'telling',
  kind: 'routing',
  choose([first]) {
    if (!isTold) writeFileSync(new URL('chose-' + process.pid, import.meta.url), '');
    isTold = true;
    return first.rank;
  },
};
`;

/**
 * The ways that segments take between processes of one machine: read in each other's memory, or sent
 * as they are between machines.
 */
const WAYS = [
  { way: 'in shared memory', env: {} },
  { way: 'by message', env: { BT_SHM_MPI_WINDOW: 'no' } },
] as const;

/** What is exchanged over an MPI, and how: the tests of one family, or word that it is not here. */
export function testExchange(family: Launcher['name']): void {
  const launcher = launcherOf(family);
  if (launcher === undefined) return;

  for (const [processes, { way, env }] of [2, 4].flatMap((count) =>
    WAYS.map((way) => [count, way] as const),
  )) {
    t.test(
      `${launcher.name}, ${processes} processes: everything is delivered ${way}`,
      async (t) => {
        const options = '--ranks 32 --segments 2000 --segment-bytes 4KiB';
        const { code, result } = await jobJson(launcher, processes, options, env);
        t.equal(code, 0);
        checkSchema(t, 'result', result);
        t.match(result, { complete: true, outcome: 'done', missing: [] });
        t.match(result.totals, { segmentsDelivered: 60_000, hashFailures: 0, missedWakes: 0 });
        const uploads = result.ranks.reduce((sum, rank) => sum + rank.segmentsUploaded, 0);
        t.equal(uploads, 60_000, 'every segment was uploaded by somebody');
        const hosted = (result.processes ?? []).map(({ ranks }) => ranks);
        // The 30 clients are dealt out; tracker and seed, who hash nothing, are in process 0, too.
        t.strictSame(hosted, processes === 2 ? [17, 15] : [10, 8, 7, 7]);
        const processOf = hosted.flatMap((ranks, process) =>
          new Array<number>(ranks).fill(process),
        );
        for (const { rank, process, thread } of result.ranks) {
          t.equal(process, processOf[rank], `the process of rank ${rank}`);
          t.equal(thread, rank, `rank ${rank} has a thread of its own`);
        }
        const between = result.totals.betweenProcesses;
        t.ok((between?.segments ?? 0) > 0, 'segments went between processes');
        if (way === 'by message') t.equal(between?.segmentsFromSharedMemory, 0, way);
        else if (hasRoom()) t.equal(between?.segmentsFromSharedMemory, between?.segments, way);
        else t.comment('too little shared memory here: by message as well');
        t.ok((between?.bytes ?? 0) > (between?.segments ?? 0) * 4096, 'and so did their bytes');
        for (const { rank, role, completionMs } of result.ranks) {
          if (role !== 'client') continue;
          t.ok(
            (completionMs ?? -1) > 0 && (completionMs ?? -1) <= result.timing.exchangeMs + 50,
            `rank ${rank}`,
          );
        }
      },
    );
  }

  t.test(`${launcher.name}: every strategy and every way to hand segments over`, async (t) => {
    for (const options of [
      '--strategy random --picker rarest --segment-bytes 0',
      '--strategy round-robin --load message --segment-bytes 0',
      '--strategy power-of-2 --threads 2',
      '--strategy seed --segments 60 --segment-bytes 0',
      '--transfer copy --segments 200',
      '--verify once',
      '--verify none --seeds 9',
      '--files 3 --segments 100 --threads auto',
      '--segment-bytes 300KiB --segments 40',
      '--segment-bytes 1',
    ]) {
      const args = `--ranks 14 --segments 500 ${options}`;
      for (const { way, env } of WAYS) {
        const { code, result } = await jobJson(launcher, 3, args, env);
        const { config, totals, ranks } = result;
        const clients = ranks.filter(({ role }) => role === 'client').length;
        t.equal(code, 0, `${options} ${way}`);
        t.equal(totals.segmentsDelivered, clients * config.files * config.segments, options);
        t.match(totals, { hashFailures: 0, missedWakes: 0 }, options);
      }
    }
  });

  t.test(`${launcher.name}: a real file arrives byte by byte`, async (t) => {
    const directory = t.testdir();
    const file = path.join(directory, 'image.bin');
    const content = randomBytes(3_000_001);
    writeFileSync(file, content);
    for (const [index, { way, env }] of WAYS.entries()) {
      const out = path.join(directory, `copies${index}`);
      const args = `run --content ${file} --ranks 12 --out ${out} --quiet`;
      t.equal((await job(launcher, 4, args, env)).code, 0, way);
      const copies = readdirSync(out).sort();
      t.equal(copies.length, 10, 'a copy for each client, and nothing else');
      for (const copy of copies) t.ok(readFileSync(path.join(out, copy)).equals(content), copy);
    }
  });

  t.test(
    `${launcher.name}: an input directory gives the outputs that it gives alone`,
    async (t) => {
      const hash = (file: string, index: number): string =>
        Buffer.from(`${file}${index}`).toString('hex').padEnd(32, '0');
      const owned = (name: string, count: number): string =>
        [`${name} ${count}`, ...Array.from({ length: count }, (_, at) => hash(name, at))].join(
          '\n',
        );
      const directory = t.testdir({
        inputs: {
          'in1.txt': `1\n${owned('a', 120)}\n1\nb\n`,
          'in2.txt': `2\n${owned('b', 77)}\n${owned('c', 1)}\n1\na\n`,
          'in3.txt': '0\n3\na\nb\nc\n',
          'in4.txt': `1\n${owned('a', 120)}\n1\nc\n`,
          'in5.txt': '0\n2\nc\na\n',
        },
      });
      const inputs = path.join(directory, 'inputs');
      const read = (name: string): Record<string, string> =>
        Object.fromEntries(
          readdirSync(path.join(directory, name)).map((file) => [
            file,
            readFileSync(path.join(directory, name, file), 'utf8'),
          ]),
        );
      await command(`run ${inputs} --out ${path.join(directory, 'alone')}`);
      for (const processes of [2, 6]) {
        for (const { way, env } of WAYS) {
          const name = `over${processes} ${way}`.replaceAll(' ', '-');
          const args = `run ${inputs} --out ${path.join(directory, name)}`;
          t.equal((await job(launcher, processes, args, env)).code, 0);
          t.strictSame(read(name), read('alone'), `${processes} processes, ${way}`);
        }
      }
    },
  );

  t.test(`${launcher.name}: all send to all, more than any channel holds`, async (t) => {
    const options = '--ranks 48 --segments 3000 --segment-bytes 0 --window 2000 --load message';
    const { code, result } = await jobJson(launcher, 4, `${options} --refresh 1 --threads 2`);
    t.equal(code, 0);
    t.equal(result.totals.segmentsDelivered, 46 * 3000);
  });

  t.test(`${launcher.name}: ranks of one process share what it holds`, async (t) => {
    const options = '--ranks 16 --segments 1000 --threads 1';
    const plain = await jobJson(launcher, 2, options);
    const shared = await jobJson(launcher, 2, `${options} --host-cache`);
    t.equal(shared.code, 0);
    t.equal(shared.result.totals.segmentsDelivered, 14_000);
    const between = shared.result.totals.betweenProcesses;
    const fetched = plain.result.totals.betweenProcesses?.segments ?? 0;
    t.ok((between?.segments ?? Infinity) < fetched, 'less is fetched');
    t.ok((between?.segmentsFromHostCache ?? 0) > 0, 'because it was there');
    t.equal(between?.bytesSaved, (between?.segmentsFromHostCache ?? 0) * 16_384);
  });
}

/** What else a job does: virtual time, comparisons, failures. */
export function testJobs(family: Launcher['name']): void {
  const launcher = launcherOf(family);
  if (launcher === undefined) return;

  t.test(`${launcher.name}: in virtual time the digest is that of one process`, async (t) => {
    for (const options of [
      '--segments 100 --protocol bep3 --jitter 5ms',
      '--segments 100 --picker rarest --strategy power-of-2 --files 2',
      '--segments 40 --load message --fault crash:rank=20,at=0.5 --fault late:rank=9,at=0.4',
      '--segments 60 --protocol bep3 --fault hang:rank=13,at=0.3 --fault crash:rank=25,at=0.5',
      '--segments 60 --fault drop-holder:rank=22,at=0.5 --fault corrupt:rate=0.1 --handout 9',
    ]) {
      const args = `--clock virtual --ranks 30 ${options}`;
      const { result: alone } = await runJson(args);
      t.ok(alone.totals.segmentsDelivered > 0, options);
      for (const [processes, threads] of [
        [2, 1],
        [2, 3],
        [4, 1],
      ]) {
        const over = await jobJson(launcher, processes, `${args} --threads ${threads}`);
        checkSchema(t, 'result', over.result);
        t.equal(over.result.digest, alone.digest, `${processes} processes, ${threads} threads`);
        t.strictSame(over.result.missing, alone.missing);
        t.strictSame(over.result.faults, alone.faults, 'and so is what faults came to');
        t.equal(over.result.processes?.length, processes);
        t.equal(over.result.ranks[29].process, processes - 1);
      }
    }
    const trace = await job(launcher, 2, '--clock virtual --ranks 9 --trace x.csv');
    t.equal(trace.code, 2);
    t.match(trace.stderr, /bt-shm: --trace: expected one process, found 2/);
  });

  t.test(`${launcher.name}: a comparison is the same however it is spread`, async (t) => {
    const directory = t.testdir();
    const compare = async (processes: number, options: string): Promise<unknown> => {
      const file = path.join(directory, `${processes}${options.replaceAll(' ', '')}.json`);
      const text =
        'compare --strategies random,power-of-2 --ranks 20 --segments 60 --runs 3 --quiet ' +
        `${options} --export-json ${file}`;
      const { code } = await (processes === 1 ? command(text) : job(launcher, processes, text));
      t.equal(code, 0, `${processes} processes ${options}`);
      const { samples, command: shown } = JSON.parse(readFileSync(file, 'utf8')) as {
        samples: readonly { digest: string; values: unknown }[];
        command: string;
      };
      t.notMatch(shown, /--spread|--mpi/, 'where it ran is no part of what was compared');
      return samples.map(({ digest, values }) => ({ digest, values }));
    };
    const alone = await compare(1, '');
    for (const spread of ['ranks', 'runs']) {
      t.strictSame(await compare(3, `--spread ${spread}`), alone, spread);
    }
    // In real time, where content is shared anew for each run.
    const real = 'compare --clock real --strategies random,power-of-2 --ranks 12 --segments 50';
    t.equal((await job(launcher, 2, `${real} --runs 2 --quiet --spread ranks`)).code, 0);
    const outside = await command('compare --strategies random,seed --spread runs');
    t.equal(outside.code, 2);
    t.match(outside.stderr, /^bt-shm: --spread runs: only over MPI/);
  });

  t.test(`${launcher.name}: ranks fail as they do in one process`, async (t) => {
    const options = '--ranks 24 --segments 800';
    const crash = await jobJson(launcher, 3, `${options} --fault crash:rank=20,at=0.5`);
    t.equal(crash.code, 0);
    t.match(crash.result, { complete: true, outcome: 'done' });
    t.ok(crash.result.ranks[20].died, 'rank 20, of another process, died');
    const hang = `${options} --fault hang:rank=12,at=0.5 --peer-timeout 1`;
    t.equal((await jobJson(launcher, 3, hang)).code, 0, 'who hangs is left out');
    const late = await jobJson(launcher, 3, `${options} --fault late:rank=23,at=0.5`);
    t.equal(late.result.totals.segmentsDelivered, 22 * 800, 'who comes late gets everything');
    t.ok(late.result.faults?.[0].atMs, 'when it came is told by its own process');
    const tracker = await jobJson(launcher, 3, `${options} --fault crash:rank=0,at=0.2`);
    t.equal(tracker.code, 5, 'without the tracker the run ends');
    t.match(tracker.result, { complete: false, outcome: 'rank-died' });
  });

  t.test(`${launcher.name}: what is wrong is said once`, async (t) => {
    const usage = await job(launcher, 3, '--ranks 2');
    t.equal(usage.code, 2);
    t.match(usage.stderr, /bt-shm: --ranks 2: expected at least one a process, found 3 processes/);
    t.equal(usage.stderr.match(/bt-shm:/g)?.length, 1);
    const input = await job(launcher, 2, 'run --content /no/such/file');
    t.equal(input.code, 2);
    t.equal(input.stderr.match(/bt-shm: \/no\/such\/file: expected/g)?.length, 1);
    const env = { BT_SHM_MPI_LIBRARY: '/no/such/library.so' };
    const library = await startJob(launcher, 2, '--ranks 4', env).ended;
    t.equal(library.code, 2);
    t.match(library.stderr, /expected its library \(\/no\/such\/library\.so\)/);
    t.match(library.stderr, /apt-get install/);
    t.equal(library.stderr.match(/bt-shm:/g)?.length, 1);
  });

  t.test(`${launcher.name}: no process is left where one is killed`, async (t) => {
    const marker = `--stall-timeout ${1000 + Math.floor(Math.random() * 900_000)}`;
    // Each process says so once a client of its chooses a holder: by then the swarm is at work.
    const directory = t.testdir({ 'telling.mjs': TELLING_STRATEGY });
    const telling = `--strategy ${directory}/telling.mjs`;
    // Open MPI ends the others too, but may give them time to say how far they came.
    const patience = ['--mca', 'odls_base_sigkill_timeout', '5'];
    const patient = launcher.name === 'Open MPI' ? [...launcher.options, ...patience] : [];
    for (const [processes, long, lost] of [
      [2, '--ranks 16 --segments 4000000 --segment-bytes 0', '8-15'],
      [2, '--ranks 16 --segments 20000', '9-15'],
      [3, '--ranks 16 --segments 20000', '7-11'],
    ] as const) {
      const options = `${long} --picker sequential ${telling} --threads 1 ${marker} --quiet`;
      const { child, ended } = startJob({ ...launcher, options: patient }, processes, options);
      const pids = await processesWith(marker, processes);
      for (const pid of pids) await madeIn(directory, `chose-${pid}`);
      process.kill(pids[1], 'SIGKILL');
      const { code, stdout } = await ended;
      t.not(code, 0, 'the launcher reports a failure');
      t.equal(child.exitCode, code);
      if (launcher.name === 'Open MPI') {
        const known = new RegExp(`^Ranks ${lost} died, incomplete: `);
        t.match(stdout, known, 'the survivor says what it knows');
      }
      t.strictSame(await processesWith(marker, 0), [], 'nothing is left');
    }
  });

  t.test(`${launcher.name}: Ctrl-C at the launcher ends all`, async (t) => {
    const marker = `--stall-timeout ${1000 + Math.floor(Math.random() * 900_000)}`;
    const real = '--ranks 16 --segments 4000000 --segment-bytes 0';
    for (const options of [real, '--clock virtual --ranks 3000 --segments 1000']) {
      const { child, ended } = startJob(launcher, 2, `${options} --threads 1 ${marker} --quiet`);
      await processesWith(marker, 2);
      await sleep(1500);
      child.kill('SIGINT');
      await ended;
      t.strictSame(await processesWith(marker, 0), [], `${options}: nothing is left`);
    }
  });
}

/** Whether the machine has shared memory enough for the small swarms here. */
function hasRoom(): boolean {
  try {
    const { bavail, bsize } = statfsSync('/dev/shm');
    return bavail * bsize >= 2 ** 30;
  } catch {
    return false;
  }
}

function launcherOf(family: Launcher['name']): Launcher | undefined {
  const launcher = findLauncher(family);
  if (launcher === undefined) {
    t.test(`${family} is not installed`, { skip: 'nothing over it was tested' }, () => undefined);
  }
  return launcher;
}

/** Waits until there is a file `name` in `directory`, for a minute at most. */
async function madeIn(directory: string, name: string): Promise<void> {
  for (let tries = 0; tries < 1200 && !existsSync(path.join(directory, name)); tries++) {
    await sleep(50);
  }
}

/** Waits until there are so many processes of Node whose command line has `marker`; by rank. */
async function processesWith(marker: string, count: number): Promise<number[]> {
  for (let tries = 0; ; tries++) {
    const found = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && runs(name, marker));
    if (found.length === count || tries === 200) {
      return found.map(Number).sort((a, b) => rankOf(a) - rankOf(b));
    }
    await sleep(50);
  }
}

function runs(pid: string, marker: string): boolean {
  const words = readProcess(Number(pid), 'cmdline');
  return words[0] === process.execPath && words.join(' ').includes(marker);
}

/** Number of a process in its job, as the launcher has told it. */
function rankOf(pid: number): number {
  const found = readProcess(pid, 'environ').map((line) =>
    /^(?:OMPI_COMM_WORLD_RANK|PMI_RANK)=(\d+)$/.exec(line),
  );
  return Number(found.find((match) => match !== null)?.[1] ?? -1);
}

function readProcess(pid: number, file: 'cmdline' | 'environ'): string[] {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8').split('\0');
  } catch {
    return [];
  }
}
