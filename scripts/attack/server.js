/** The stack under attack, with the services of `tuntcp serve`; it tells its parent how it is. */
import { SERVICES } from '../../dist/src/cli/services/all.js'
import { openTun } from '../../dist/src/link/tun.js'
import { createStack } from '../../dist/src/net/create-stack.js'
import { STACK, STACK_HOST, STACK_HOST6, STACK6 } from './addresses.js'

/** ms between two looks at the clock, and between two reports. */
const TICK = 5
const REPORT = 100

const stack = createStack({
  link: openTun({ name: 'stack', address: [STACK_HOST, STACK_HOST6] }),
  address: [`${STACK}/24`, `${STACK6}/64`],
  memory: { high: Number(process.argv[2]) },
})
for (const service of SERVICES) await service.start(stack, service.port)

/**
 * The longest time that the event loop was held, ms. On a busy machine the process may only have been waiting for a
 * processor: the time that it used meanwhile is the least of both.
 */
let hold = 0
let before = performance.now()
let usedBefore = process.cpuUsage()
setInterval(() => {
  const now = performance.now()
  const { user, system } = process.cpuUsage(usedBefore)
  hold = Math.max(hold, Math.min(now - before - TICK, (user + system) / 1000))
  before = now
  usedBefore = process.cpuUsage()
}, TICK)

const reading = () => {
  const { rss, heapUsed, arrayBuffers, external } = process.memoryUsage()
  return { rss, heap: heapUsed, buffers: arrayBuffers, other: external - arrayBuffers, hold }
}
setInterval(() => process.send({ reading: reading() }), REPORT)

process.on('message', said => {
  if (said === 'forget') hold = 0
  else if (said === 'collect') {
    globalThis.gc()
    // It is none of the attack's.
    before = performance.now()
    usedBefore = process.cpuUsage()
    const { drops, counters } = stack.host
    process.send({ collected: reading(), drops, counters, connections: stack.host.connections.size })
  }
})
process.on('disconnect', () => process.exit(0))
process.send({ ready: true })
