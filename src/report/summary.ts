/** A run's result as people read it: headline, configuration, times, rates, and what went wrong. */
import { isVirtual } from '../swarm/config.js';
import type { Outcome, RankResult, RunResult } from '../swarm/result.js';
import {
  escapeControls,
  formatByteRate,
  formatBytes,
  formatCount,
  formatDuration,
  formatExactSize,
  formatMemory,
  formatRanks,
  formatRate,
  formatShare,
  formatSignificant,
  plural,
  wrapText,
} from './format.js';
import type { HashRate } from './hash-rate.js';
import type { Emphasis, Paint } from './paint.js';
import { processRows, threadsOf } from './process-summary.js';
import { describeTrouble } from './trouble.js';
import { type Row, SUMMARY_COLUMNS, renderRows } from './rows.js';
import { networkRows, virtualHeadline, virtualRows } from './virtual-summary.js';

/** What a summary tells besides the result. */
export interface SummaryContext {
  readonly paint: Paint;
  /** Cores that the run could use. */
  readonly cores: number;
  /** How fast one core hashes; left out where nothing was hashed or nothing was measured. */
  readonly hashRate?: HashRate;
  /** Ranks share threads because there are many, and not because the user said so. */
  readonly packedByDefault: boolean;
}

const EMPHASIS_OF_OUTCOME: Readonly<Record<Outcome, Emphasis>> = {
  done: 'good',
  'segments-missing': 'bad',
  'rank-died': 'bad',
  stalled: 'bad',
  interrupted: 'warn',
  failed: 'bad',
};

/** @returns the result in one sentence, without colours and without a line feed */
export function headline(result: RunResult): string {
  const { totals, timing, outcome } = result;
  const delivered = plural(totals.segmentsDelivered, 'segment');
  if (outcome === 'done') {
    if (totals.segmentsDelivered === 0) return 'Nothing to deliver: no client lacks a segment.';
    if (isVirtual(result.config)) return virtualHeadline(result);
    const bytes = totals.bytesDelivered === 0 ? '' : `, ${formatByteRate(totals.bytesPerSecond)}`;
    const rate = formatRate(totals.segmentsPerSecond, 'segments');
    return `${delivered} delivered, ${checkOf(result)}: ${rate}${bytes}`;
  }
  const rest = missingOf(result);
  switch (outcome) {
    case 'interrupted':
      return `Interrupted after ${formatDuration(timing.wallMs)}: ${delivered} delivered${rest}`;
    case 'stalled': {
      const limit = result.config.stallTimeoutMs / 1000;
      return `Stalled, no progress for ${limit} s: ${delivered} delivered${rest}`;
    }
    case 'rank-died': {
      const dead = result.ranks.filter(({ died }) => died !== undefined).map(({ rank }) => rank);
      const who = dead.length === 0 ? 'A rank' : capitalized(formatRanks(dead, 3));
      return `${who} died, incomplete: ${delivered} delivered${rest}`;
    }
    default:
      return `Incomplete: ${delivered} delivered${rest}`;
  }
}

function missingOf({ missing }: RunResult): string {
  const segments = missing.reduce((sum, { count }) => sum + count, 0);
  const unowned = new Set(missing.filter(({ count }) => count === 0).map(({ file }) => file)).size;
  return [
    segments === 0 ? '' : `, ${formatCount(segments)} missing`,
    unowned === 0 ? '' : `, ${plural(unowned, 'wanted file')} without an owner`,
  ].join('');
}

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function checkOf({ config }: RunResult): string {
  if (config.segmentBytes === 0) return 'without content';
  switch (config.verify) {
    case 'each':
      return 'every one checked';
    case 'once':
      return 'each checked once';
    case 'none':
      return 'unchecked';
  }
}

/**
 * @param result - what {@link runSwarm} returned
 * @param context - what else there is to tell
 * @returns lines of at most 80 columns, with a line feed after the last
 */
export function summarize(result: RunResult, context: SummaryContext): string {
  const { paint } = context;
  const figures = isVirtual(result.config)
    ? [virtualRows(result)]
    : [timingRows(result), rateRows(result, context)];
  const blocks = [
    configurationRows(result, context),
    ...figures,
    processRows(result),
    rankRows(result),
    describeTrouble(result),
  ].filter((rows) => rows.length > 0);
  const title = wrapText(headline(result), SUMMARY_COLUMNS)
    .map((line) => paint(EMPHASIS_OF_OUTCOME[result.outcome], paint('strong', line)))
    .join('\n');
  return `${[title, ...blocks.map((rows) => renderRows(rows, paint))].join('\n\n')}\n`;
}

/** Counts of a kind of rank: `1 seed`, `62 clients`. */
function rolesOf(ranks: readonly RankResult[]): string {
  const seeds = ranks.filter(({ role }) => role === 'seed').length;
  const clients = ranks.filter(({ role }) => role === 'client').length;
  const parts = ['tracker'];
  if (seeds > 0) parts.push(plural(seeds, 'seed'));
  if (clients > 0) parts.push(plural(clients, 'client'));
  return parts.join(', ');
}

function configurationRows(result: RunResult, context: SummaryContext): Row[] {
  const { config, ranks } = result;
  const threads = `${threadsOf(result)}, ${plural(context.cores, 'core')}`;
  const rows: Row[] = [
    { label: 'Swarm', text: `${plural(config.ranks, 'rank')} (${rolesOf(ranks)}) on ${threads}` },
  ];
  if (context.packedByDefault) {
    rows.push({
      label: '',
      text:
        'Many ranks share a thread: above 256 ranks that is the default ' +
        '(--threads says otherwise).',
    });
  }
  rows.push({ label: 'Content', text: contentOf(result) });
  if (isVirtual(config)) return [...rows, ...networkRows(result)];
  rows.push({
    label: 'Strategy',
    text:
      `${strategyOf(result)}, pieces ${config.picker}, load ${config.load}, ` +
      `window ${formatCount(config.window)}, refresh ${formatCount(config.refresh)}`,
  });
  if (result.trace !== undefined) {
    rows.push({ label: 'Trace', text: result.trace.file, isPath: true });
  }
  if (config.out !== undefined && result.complete) {
    rows.push({ label: 'Outputs', text: config.out, isPath: true });
  } else if (config.out === undefined && (config.input ?? config.content) !== undefined) {
    rows.push({ label: 'Outputs', text: 'none written: no --out was given' });
  }
  return rows;
}

/** The strategy's name, with its module where it is the user's own. */
function strategyOf({ config, customStrategy }: RunResult): string {
  if (customStrategy === undefined) return config.strategy;
  return `${customStrategy.name} (${escapeControls(config.strategy)})`;
}

function contentOf({ config }: RunResult): string {
  if (config.input !== undefined) return `hash lists of ${config.input}`;
  const isReal = config.segmentBytes > 0 && !isVirtual(config);
  const { hashThreads = 0 } = config;
  const where = hashThreads > 0 ? ` on ${plural(hashThreads, 'thread')}` : '';
  const how = isReal ? `, ${config.hash}${where}, ${config.transfer}` : '';
  if (config.content !== undefined) {
    return `${config.content} in segments of ${formatExactSize(config.segmentBytes)}${how}`;
  }
  const files = config.files === 1 ? '' : `${plural(config.files, 'file')} of `;
  const segments = plural(config.segments, 'segment');
  if (config.segmentBytes === 0) return `${files}${segments}, no bytes: control traffic only`;
  const bytes = config.files * config.segments * config.segmentBytes;
  const size = `${formatExactSize(config.segmentBytes)} (${formatBytes(bytes)})`;
  return `${files}${segments} of ${size}${how}`;
}

function timingRows({ timing }: RunResult): Row[] {
  return [
    {
      label: 'Start-up',
      text: formatDuration(timing.startupMs),
      note: 'threads, content, registration',
    },
    {
      label: 'Exchange',
      text: formatDuration(timing.exchangeMs),
      note: 'from the release of the clients to the last segment',
    },
    { label: 'Teardown', text: formatDuration(timing.teardownMs), note: 'until all threads ended' },
  ];
}

function rateRows(result: RunResult, context: SummaryContext): Row[] {
  const { totals } = result;
  if (totals.segmentsDelivered === 0) return [];
  const rows: Row[] = [];
  if (totals.segmentsPerSecond > 0) {
    rows.push({
      label: 'Rate',
      text: formatRate(totals.segmentsPerSecond, 'segments'),
      ...(totals.bytesDelivered > 0 && { note: formatByteRate(totals.bytesPerSecond) }),
    });
  }
  const limit = hashLimit(result, context);
  if (limit !== undefined) rows.push(limit);
  const each = (count: number): string =>
    `${formatSignificant(count / totals.segmentsDelivered)} a segment`;
  rows.push(
    { label: 'Messages', text: formatCount(totals.messages), note: each(totals.messages) },
    { label: 'Wake-ups', text: formatCount(totals.notifies), note: each(totals.notifies) },
  );
  if (totals.nacks > 0) {
    rows.push({ label: 'Refusals', text: formatCount(totals.nacks), note: each(totals.nacks) });
  }
  if (totals.missedWakes > 0) {
    rows.push({
      label: 'Missed',
      text: `${plural(totals.missedWakes, 'wake-up')}, which is a defect in bt-shm`,
      emphasis: 'bad',
    });
  }
  if (totals.hashFailures > 0) {
    rows.push({
      label: 'Damaged',
      text: `${plural(totals.hashFailures, 'segment')} failed the check`,
      emphasis: 'bad',
    });
  }
  return rows;
}

/** How much of what the cores can hash was used, were there nothing else for them to do. */
function hashLimit(
  { config, totals, processes }: RunResult,
  context: SummaryContext,
): Row | undefined {
  const { hashRate } = context;
  if (hashRate === undefined || totals.bytesPerSecond === 0) return undefined;
  const threads = processes?.reduce((sum, process) => sum + process.threads, 0) ?? config.threads;
  // What other machines have is not known here.
  if (processes?.some(({ host }) => host !== processes[0].host) === true) return undefined;
  const cores = Math.min(context.cores, threads);
  const share = totals.bytesPerSecond / (hashRate.bytesPerSecond * cores);
  const rate = formatByteRate(hashRate.bytesPerSecond);
  const limit = `${plural(cores, 'core')} x ${rate} (${config.hash}, measured on one core)`;
  return { label: 'Hash limit', text: `${formatShare(share)} of ${limit}` };
}

function rankRows({ balance, ranks, config, totals }: RunResult): Row[] {
  const rows: Row[] = [];
  if (totals.segmentsDelivered > 0) {
    rows.push({
      label: 'Uploads',
      text:
        `most ${formatCount(balance.uploadMax)}, mean ${formatCount(balance.uploadMean)}, ` +
        `Jain's index ${balance.uploadJain.toFixed(3)} (1: all equal)`,
    });
  }
  const finished = ranks
    .flatMap(({ rank, completionMs, completionSeconds }) => {
      const ms = completionMs ?? (completionSeconds ?? NaN) * 1000;
      return Number.isNaN(ms) ? [] : [{ rank, ms }];
    })
    .sort((a, b) => a.ms - b.ms);
  if (finished.length > 0) {
    const shown = [0, (finished.length - 1) >> 1, finished.length - 1].map((at) => finished[at]);
    const [first, median, last] = shown.map(({ ms }) => formatDuration(ms));
    const who = shown.map(({ rank }) => rank).join(', ');
    rows.push({
      label: 'Finished',
      text: `first ${first}, median ${median}, last ${last} (ranks ${who})`,
    });
  }
  if (isVirtual(config)) return rows;
  const perRank = formatMemory(totals.transportBytes / config.ranks);
  rows.push({ label: 'Transport', text: `${perRank} of shared memory a rank` });
  return rows;
}
