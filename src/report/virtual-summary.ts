/** What a summary tells of a run in virtual time: the network, the protocol, how far from optimal. */
import { type VirtualRunConfig, isVirtual } from '../swarm/config.js';
import type { RunResult } from '../swarm/result.js';
import {
  formatBytes,
  formatCount,
  formatDuration,
  formatRate,
  formatShare,
  formatSignificant,
  plural,
} from './format.js';
import { threadsOf } from './process-summary.js';
import type { Row } from './rows.js';

const BITS = 8;
const MS_PER_SECOND = 1000;

/** @returns the result in one sentence, where it is done */
export function virtualHeadline(result: RunResult): string {
  const { totals, timing, optimum } = result;
  const seconds = formatDuration((timing.virtualSeconds ?? 0) * MS_PER_SECOND);
  const delivered = plural(totals.segmentsDelivered, 'segment');
  const gap = optimum?.gap === undefined ? '' : `, ${formatSignificant(optimum.gap)}x the optimum`;
  return `${delivered} delivered in ${seconds} of virtual time${gap}`;
}

/** @returns a link's capacity, as in `1.5 Mbit/s` */
function formatLink(bytesPerSecond: number): string {
  if (bytesPerSecond === 0) return 'no limit';
  const bits = bytesPerSecond * BITS;
  const [unit, size] = bits >= 1e9 ? ['Gbit', 1e9] : bits >= 1e6 ? ['Mbit', 1e6] : ['kbit', 1e3];
  return `${formatSignificant(bits / size)} ${unit}/s`;
}

function networkOf(config: VirtualRunConfig): string {
  const latencies = config.latencyMs.flat();
  const [least, most] = [Math.min(...latencies), Math.max(...latencies)];
  const zones = config.latencyMs.length;
  const latency = least === most ? `${least} ms` : `${least} to ${most} ms in ${zones} zones`;
  const parts = [
    `up ${formatLink(config.up)}`,
    `down ${formatLink(config.down)}`,
    ...(config.seedUp === config.up ? [] : [`seed up ${formatLink(config.seedUp)}`]),
    ...config.classes.map(
      ({ share, down, up }) =>
        `${formatShare(share)} of clients ${formatLink(down)} down, ${formatLink(up)} up`,
    ),
    `latency ${latency}`,
    ...(config.jitterMs === 0 ? [] : [`jitter up to ${config.jitterMs} ms`]),
  ];
  return parts.join(', ');
}

function strategyOf(config: VirtualRunConfig): string {
  const parts =
    config.protocol === 'bep3'
      ? [
          `seeds ${config.seedChoking}`,
          `pieces ${config.picker}`,
          `${config.slots} slots`,
          `${config.neighbours} neighbours`,
          `pipeline ${config.pipeline}`,
        ]
      : [
          `pieces ${config.picker}`,
          `load ${config.load}`,
          `window ${formatCount(config.window)}`,
          `refresh ${formatCount(config.refresh)}`,
        ];
  const mix = config.mix.map(({ name, share }) => `${formatShare(share)} ${name}`);
  return [`${config.strategy} (${config.protocol})`, ...mix, ...parts].join(', ');
}

/** @returns the rows that say what was simulated; none for a run in real time */
export function networkRows({ config }: RunResult): Row[] {
  if (!isVirtual(config)) return [];
  return [
    { label: 'Strategy', text: strategyOf(config) },
    { label: 'Network', text: networkOf(config) },
  ];
}

/** @returns the rows that say how it went */
export function virtualRows(result: RunResult): Row[] {
  const { totals, timing, optimum, digest } = result;
  const { controlMessages = 0, controlBytes = 0, dataBytes = 0, blocks = 0 } = totals;
  const each = formatSignificant(controlMessages / Math.max(1, totals.segmentsDelivered));
  const share = formatShare(controlBytes / Math.max(1, controlBytes + dataBytes));
  const rows: Row[] = [
    {
      label: 'Rate',
      text: formatRate(totals.segmentsPerSecond, 'segments'),
      note: 'of virtual time, all clients together',
    },
    { label: 'Control', text: `${formatCount(controlMessages)} messages, ${each} a segment` },
    { label: '', text: `${formatBytes(controlBytes)}, ${share} of all bytes` },
  ];
  if ((totals.duplicates ?? 0) > 0) {
    rows.push({ label: 'Duplicates', text: plural(totals.duplicates ?? 0, 'segment') });
  }
  if (totals.nacks > 0) rows.push({ label: 'Refusals', text: formatCount(totals.nacks) });
  if (optimum !== undefined) {
    const bound = formatDuration(optimum.seconds * MS_PER_SECOND);
    const source = optimum.bound === 'makespan' ? 'Mundinger et al.' : 'Kumar and Ross';
    const gap = optimum.gap === undefined ? '' : `${formatSignificant(optimum.gap)}x `;
    rows.push({ label: 'Optimum', text: `${gap}the bound of ${bound} (${source})` });
  }
  rows.push(
    {
      label: 'Simulated',
      text: `in ${formatDuration(timing.exchangeMs)} on ${threadsOf(result)}`,
      note: formatRate(
        timing.blocksPerWallSecond ?? 0,
        plural(blocks, 'block').replace(/^\S+ /, ''),
      ),
    },
    { label: 'Digest', text: digest ?? '' },
  );
  return rows;
}
