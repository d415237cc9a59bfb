/** Many connections that say nothing: what each takes, and whether all are still there. */
import { setTimeout as sleep } from 'node:timers/promises'
import { startClient } from './client.js'
import { linesOf } from './processes.js'
import { sessionUsage } from './session.js'
import { grownEach, readSlabs } from './slabs.js'

/** Until what opening has left behind is gone, ms: delayed ACKs, RCU. */
const SETTLE = 500

const AT_ONCE = 64

/** The server's memory in bytes: resident, and by JavaScript's own count where it can be asked. */
const memoryOf = async (session, control) => {
  const asked = await control?.memory()
  return {
    resident: asked?.rss ?? sessionUsage(session).resident,
    script: asked ? asked.heapUsed + asked.external : undefined,
  }
}

/**
 * The report: count and survived, seconds of opening; bytes each in the server's process (resident, and of that by
 * JavaScript's own count) and in the kernel.
 * @param place of the client, as for runClient; with `connections`
 * @param control of the server, or null
 * @param kernelEnds how many of a connection's two ends are the kernel's; half of what it takes is the server's when both are
 */
export const runIdle = async (place, control, kernelEnds) => {
  const { connections } = place
  const before = await memoryOf(place.session, control)
  const slabs = readSlabs()
  const words = [`connections=${connections}`, `atOnce=${AT_ONCE}`]
  const client = startClient(place, 'idle', words)
  const next = linesOf(client.stdout)
  const first = await next()
  const opened = first === null ? { error: 'the client has said nothing' } : JSON.parse(first)
  if (opened.error) return opened
  await sleep(SETTLE)
  const after = await memoryOf(place.session, control)
  const grown = readSlabs()
  client.stdin.write('\n')
  const { survived = 0 } = JSON.parse((await next()) ?? '{}')
  return {
    count: opened.count,
    seconds: opened.seconds,
    failed: connections - survived,
    resident: (after.resident - before.resident) / connections,
    script: (after.script - before.script) / connections,
    ...(kernelEnds === 2 && slabs !== null && grown !== null
      ? { kernel: grownEach(slabs, grown, connections) / 2 }
      : {}),
  }
}
