/**
 * Two hosts as far as MPI can tell: network namespaces with a name, an address and a cable between
 * them. Needs the right to make them, `ip`, and Open MPI; skipped where any of it is missing.
 */
import { execFileSync } from 'node:child_process';
import { chmodSync, writeFileSync } from 'node:fs';
import * as path from 'node:path';
import t from 'tap';
import { type JsonResult, MAIN, runJson, start } from './command.js';
import { JOB_LIMIT_MS, LAUNCHER_ENVIRONMENT, findLauncher } from './mpirun.js';

/** Names of the hosts; other runs of this test must not meet them. */
const HOSTS = [1, 2].map((number) => `bt${process.pid}-${number}`);
const ADDRESSES = ['10.77.0.1', '10.77.0.2'];

function ip(args: string): void {
  execFileSync('ip', args.split(' '), { stdio: 'pipe' });
}

/** @returns why there are no two hosts, or nothing where there are */
function connectHosts(): string | undefined {
  if (findLauncher('Open MPI') === undefined) return 'Open MPI is not installed';
  try {
    for (const host of HOSTS) ip(`netns add ${host}`);
    ip(`link add eth0 netns ${HOSTS[0]} type veth peer name eth0 netns ${HOSTS[1]}`);
    HOSTS.forEach((host, index) => {
      ip(`-n ${host} addr add ${ADDRESSES[index]}/24 dev eth0`);
      ip(`-n ${host} link set eth0 up`);
      ip(`-n ${host} link set lo up`);
      execFileSync('ip', ['netns', 'exec', host, 'unshare', '--uts', 'hostname', host]);
    });
    return undefined;
  } catch (error) {
    disconnectHosts();
    return `no network namespaces here: ${(error as Error).message.split('\n')[0]}`;
  }
}

function disconnectHosts(): void {
  for (const host of HOSTS) {
    try {
      ip(`netns del ${host}`);
    } catch {
      // It was not made.
    }
  }
}

/** Runs a job of one process a host; `agent` is what the launcher reaches the second one by. */
async function runOverHosts(agent: string, options: string): Promise<JsonResult> {
  const launch =
    `mpirun.openmpi --mca plm_rsh_agent ${agent} --mca btl tcp,self --bind-to none ` +
    '--mca btl_tcp_if_include eth0 --mca oob_tcp_if_include eth0 ' +
    `--host ${ADDRESSES.join(',')} -np 2 ${process.execPath} ${MAIN} --json ${options}`;
  const there = ['netns', 'exec', HOSTS[0], 'unshare', '--uts', 'sh', '-c'];
  const args = [...there, `hostname ${HOSTS[0]}; exec ${launch}`];
  const { code, stdout, stderr } = await start('ip', args, LAUNCHER_ENVIRONMENT, JOB_LIMIT_MS)
    .ended;
  if (code === 0) return JSON.parse(stdout) as JsonResult;
  throw new Error(`exit code ${code}: ${stdout.slice(0, 200)} ${stderr}`);
}

const missing = connectHosts();
t.teardown(disconnectHosts);

t.test('a swarm over two hosts', { skip: missing ?? false }, async (t) => {
  const agent = path.join(t.testdir(), 'agent');
  const remote = `ip netns exec ${HOSTS[1]} unshare --uts sh -c "hostname ${HOSTS[1]}; $*"`;
  writeFileSync(agent, `#!/bin/sh\nshift\nexec ${remote}\n`);
  chmodSync(agent, 0o755);
  const real = await runOverHosts(agent, '--ranks 16 --segments 1000');
  t.match(real, { complete: true, outcome: 'done' });
  t.match(real.totals, { segmentsDelivered: 14_000, hashFailures: 0, missedWakes: 0 });
  t.equal(real.totals.betweenProcesses?.segmentsFromSharedMemory, 0, 'no memory in common');
  t.strictSame(
    real.processes?.map(({ host }) => host),
    HOSTS,
    'each process names its host',
  );
  for (const options of ['--protocol bep3 --segments 100', '--segments 60']) {
    const args = `--clock virtual --ranks 30 ${options}`;
    const { result: alone } = await runJson(args);
    t.equal((await runOverHosts(agent, args)).digest, alone.digest, options);
  }
});
