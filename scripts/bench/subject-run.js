/** One subject, once: its network, its server, and every figure in turn. */
import { openSync } from 'node:fs'
import { runClient } from './client.js'
import { FIGURES } from './figures.js'
import { createNetwork, DEVICE, removeNetwork, SERVER } from './network.js'
import { start, stop } from './processes.js'

/** How long a server may take to answer, s; and how long it warms up with what is checked and not measured. */
const READY = 15
const WARM_UP = 1

/**
 * @param bench { program, cores: [server's, client's], seconds, figures, log: path }
 * @param report is given each figure's name and what the client has reported
 */
export const runSubject = async (bench, subject, report) => {
  const { client, server } = createNetwork(subject.network)
  const log = openSync(bench.log, 'a')
  const child = start(server, bench.cores[0], subject.command, {
    stdio: ['pipe', log, log, 'pipe'],
    env: { ...process.env, NS: server, TUN: DEVICE, ADDR: SERVER, MTU: '1500' },
  })
  const calls = { program: bench.program, namespace: client, core: bench.cores[1], session: child.pid }
  try {
    const ready = await runClient({ ...calls, seconds: READY }, 'ready')
    const warm = ready.error ? ready : await runClient({ ...calls, seconds: WARM_UP }, 'verify')
    if (warm.error) {
      report(null, warm)
      return
    }
    for (const name of bench.figures) {
      const { client: command = name, words } = FIGURES[name]
      report(name, await runClient({ ...calls, seconds: bench.seconds }, command, words))
    }
  } finally {
    await stop(child)
    removeNetwork()
  }
}
