/** The machine, the versions and the commit that figures belong to. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { loadavg } from 'node:os';
import path from 'node:path';
import { type Environment, describeEnvironment } from '../src/report/environment.js';
import { formatMemory } from '../src/report/format.js';
import { type PeerResult, packageRoot } from './peers/peer.js';

/** {@link Environment}, and what only benchmarks ask for. */
export interface Machine extends Environment {
  /** Load average over 1, 5 and 15 minutes, before the benchmarks. */
  readonly load: readonly number[];
  /** Whether so much else was running that the figures say little. */
  readonly isBusy: boolean;
  /** The checked-out commit; absent outside a repository. */
  readonly commit?: string;
  /** Whether tracked files differ from that commit. */
  readonly hasLocalChanges?: boolean;
}

/** Load a core above which a machine counts as busy: the benchmarks want every core. */
const BUSY_LOAD_A_CORE = 0.25;

/** Describes the machine as it is before the first benchmark. */
export function describeMachine(): Machine {
  const environment = describeEnvironment(process.argv.slice(2));
  const load = loadavg();
  const isBusy = load[0] > environment.cores * BUSY_LOAD_A_CORE;
  return { ...environment, load, isBusy, ...describeCommit() };
}

function describeCommit(): { commit?: string; hasLocalChanges?: boolean } {
  const root = packageRoot();
  // An installed package may lie inside a repository of somebody else's.
  if (!existsSync(path.join(root, '.git'))) return {};
  const git = (...args: string[]): string =>
    execFileSync('git', ['-C', root, ...args], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
      timeout: 5000,
    }).trim();
  try {
    return {
      commit: git('rev-parse', '--short=12', 'HEAD'),
      hasLocalChanges: git('status', '--porcelain', '--untracked-files=no') !== '',
    };
  } catch {
    return {};
  }
}

/**
 * @param machine - the machine
 * @returns its lines for people, the warning not among them
 */
export function machineLines(machine: Machine): string[] {
  const { version, commit, hasLocalChanges, cpu, cores, memoryBytes, os, load } = machine;
  const changes = hasLocalChanges === true ? ' with local changes' : '';
  const at = commit === undefined ? '' : `, commit ${commit}${changes}`;
  const loads = load.map((average) => average.toFixed(2)).join(' ');
  return [
    `bt-shm   ${version}${at}`,
    `machine  ${cpu}, ${cores} cores, ${formatMemory(memoryBytes)}, ${os}, load ${loads}`,
    `runtime  Node ${machine.node}, V8 ${machine.v8}`,
  ];
}

/**
 * @param machine - the machine
 * @returns what to tell about a machine that does other things as well; nothing for a quiet one
 */
export function busyWarning({ isBusy, load, cores }: Machine): string | undefined {
  if (!isBusy) return undefined;
  return (
    `busy machine: load ${load[0].toFixed(2)} on ${cores} cores before the first benchmark; ` +
    'figures and ratios below are unreliable'
  );
}

/**
 * @param peers - results of all peers
 * @returns the versions of those that are no part of Node, by name
 */
export function peerVersions(peers: readonly PeerResult[]): Record<string, string> {
  const versions: Record<string, string> = {};
  for (const { name, version } of peers) {
    if (version === undefined || version.startsWith('Node ')) continue;
    versions[name.split(', ', 1)[0]] = version;
  }
  return versions;
}
