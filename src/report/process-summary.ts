/** What a summary tells of a run over several processes. */
import type { RunResult } from '../swarm/result.js';
import { escapeControls, formatBytes, formatCount, plural } from './format.js';
import type { Row } from './rows.js';

/** Processes that a summary names. */
const SHOWN_PROCESSES = 8;

/** Threads, of all processes where there are several. */
export function threadsOf({ config, processes }: RunResult): string {
  if (processes === undefined) return plural(config.threads, 'thread');
  const threads = processes.reduce((sum, process) => sum + process.threads, 0);
  return `${plural(threads, 'thread')} of ${plural(processes.length, 'process', 'processes')}`;
}

/** Which process hosted which ranks, where there are several, and what went between them. */
export function processRows({ processes, totals }: RunResult): Row[] {
  const { betweenProcesses: between } = totals;
  if (processes === undefined || between === undefined) return [];
  const shown = processes.slice(0, SHOWN_PROCESSES);
  const rows: Row[] = shown.map(({ process, host, firstRank, ranks, threads }, index) => ({
    label: index === 0 ? 'Processes' : '',
    text:
      `${process} on ${escapeControls(host)}: ` +
      `ranks ${firstRank} to ${firstRank + ranks - 1} on ${plural(threads, 'thread')}`,
  }));
  if (processes.length > shown.length) {
    rows.push({ label: '', text: `and ${formatCount(processes.length - shown.length)} more` });
  }
  rows.push({
    label: 'Between',
    text: `${formatBytes(between.bytes)}, ${plural(between.batches, 'batch', 'batches')}`,
    ...(between.segments > 0 && { note: plural(between.segments, 'segment') }),
  });
  if (between.segmentsFromSharedMemory > 0) {
    rows.push({
      label: '',
      text: 'read in shared memory',
      note: plural(between.segmentsFromSharedMemory, 'segment'),
    });
  }
  if (between.segmentsFromHostCache > 0) {
    rows.push({
      label: 'Host cache',
      text: `${formatBytes(between.bytesSaved)} not sent`,
      note: plural(between.segmentsFromHostCache, 'segment'),
    });
  }
  return rows;
}
