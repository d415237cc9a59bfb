import { widest } from '../trace/extremes.ts'
import type { Counters } from './control-protocol.ts'

const memoryLines = (m: Counters['memory']): string[] => [
  `Memory       ${m.used} of ${m.high} bytes (${m.level}), ${m.peak} at most; ${m.resets} reset, ${m.shed} bytes dropped`,
  ...(m.orphans + m.orphansReset === 0
    ? []
    : [`Orphans      ${m.orphans} with ${m.orphanBytes} bytes, ${m.orphansReset} reset`]),
]

/** Counters as text: names on the left, the most frequent drop first. */
export const formatCounters = (c: Counters): string => {
  const { device } = c
  const errors =
    device.readErrors + device.writeErrors === 0
      ? ''
      : `; ${device.readErrors} not read, ${device.writeErrors} not written (${device.lastError})`
  const drops = Object.entries(c.drops).sort(([, a], [, b]) => b - a)
  const width = widest(drops.map(([reason]) => reason)) + 2
  return [
    `Packets      ${c.packetsIn} in, ${c.packetsOut} out`,
    `Text         ${c.textIn} bytes in, ${c.textOut} bytes out`,
    `Device       ${device.received} packets in, ${device.sent} out${errors}`,
    `Connections  ${c.connections}, with ${c.timers} timers armed`,
    ...memoryLines(c.memory),
    ...(c.synCookiesSent + c.synCookiesFailed === 0
      ? []
      : [
          `SYN cookies  ${c.synCookiesSent} sent, ${c.synCookiesAccepted} accepted, ${c.synCookiesFailed} failed`,
        ]),
    drops.length === 0 ? 'Dropped      nothing' : 'Dropped',
    ...drops.map(([reason, count]) => `  ${reason.padEnd(width)}${count}`),
  ].join('\n')
}
