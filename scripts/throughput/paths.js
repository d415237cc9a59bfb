/** The paths that goodput is measured on. */

const RATE = 100e6

/** Ours, and what the kernel calls the same: its bbr is version 1. */
export const CONTROLS = { reno: 'reno', cubic: 'cubic', bbr1: 'bbr', bbr: null }

const plain = { rate: RATE, loss: 0, duplicate: 0, reorder: 0, thinned: 0, window: 0 }

/** Losses at random, in the direction of the data. */
export const LOSSY = Object.keys(CONTROLS).flatMap(control =>
  [0, 0.001, 0.01, 0.03].flatMap(loss => [10, 40, 100].map(rtt => ({ ...plain, control, rtt, loss }))),
)

const odd = (name, what) => ['reno', 'cubic'].map(control => ({ ...plain, name, control, rtt: 40, ...what }))

/** Other fates of packets. */
export const ODD = [
  ...odd('of the ACKs only the newest passes, each 10 ms', { thinned: 10 }),
  ...odd('of the ACKs only the newest passes, each 50 ms', { thinned: 50 }),
  ...odd('1 % of the data arrives twice', { duplicate: 0.01 }),
  ...odd('1 % of the data is overtaken, by 5 ms', { reorder: 0.01 }),
  ...odd('a window of 64 kB', { window: 65_536 }),
  ...odd('a window of 8 kB', { window: 8192 }),
]

export const keyOf = ({ name = '', control, loss, rtt }) => `${control} ${loss} ${rtt} ${name}`.trim()

/** The options of the path of the data, and of that of the ACKs. */
export const there = ({ rate, rtt, loss, duplicate, reorder }) => ({
  delay: rtt / 2,
  rate,
  loss,
  duplicate,
  reorder,
})
export const back = ({ rate, rtt }) => ({ delay: rtt / 2, rate })
