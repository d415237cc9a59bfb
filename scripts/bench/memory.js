/**
 * Both ends on stacks of ours in one process, joined in memory: node memory.js FIGURE [NAME=NUMBER]..., which writes its
 * report to descriptor 3. What TCP and sockets cost without device and kernel.
 */
import { writeSync } from 'node:fs'
import process from 'node:process'
import { createPipe, createStack, nodeClock } from '../../dist/src/index.js'
import { clientFigures } from './node-client.js'
import { serveAll } from './services.js'

const SERVER = '192.0.2.2'
const WARM_UP = 0.5

const [figure, ...words] = process.argv.slice(2)
const given = Object.fromEntries(words.map(word => [word.split('=')[0], Number(word.split('=')[1])]))

// As between a kernel and its TUN: super-segments pass whole, and nobody sums what nothing can garble.
const [a, b] = createPipe(nodeClock, { offload: true })
const tcp = { congestionControl: 'cubic' }
const client = createStack({ link: a, address: '192.0.2.1/24', tcp })
const server = createStack({ link: b, address: `${SERVER}/24`, tcp })
serveAll({ net: server, listen: (httpServer, port) => server.serve(httpServer, { port }) })

const settings = {
  connect: port => client.connect({ port, host: SERVER, noDelay: true }),
  cpu: () => {
    const { user, system } = process.cpuUsage()
    return { cpu: (user + system) / 1e6 }
  },
}

const answer = report => writeSync(3, `${JSON.stringify(report)}\n`)

// A socket that waits keeps the process alive; the client's timers do not.
const alive = setInterval(() => {}, 1e6)
try {
  await clientFigures.verify({ ...settings, seconds: WARM_UP })
  const measure = clientFigures[figure]
  await measure({ ...settings, ...given, seconds: WARM_UP })
  answer({ begin: true })
  answer(await measure({ ...settings, ...given }))
} catch (error) {
  answer({ error: error.message })
}
clearInterval(alive)
process.exit()
