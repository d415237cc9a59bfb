// A test that makes the network of the program bad while it runs.
import { once } from 'node:events'
import net from 'node:net'
import { REGISTER } from '../../support/installed.ts'

const { network } = (await import(REGISTER)) as typeof import('../../../src/register/register.ts')

const late = process.argv[2] === 'late'
if (!late) network.change({ delay: '0ms' })
const server = net.createServer(socket => socket.end('hello')).listen(4510, '127.0.0.1')
await once(server, 'listening')
/** So long that nobody waits for it, ms. */
const LONG = 120_000
/** True when somebody is connected before so many milliseconds have gone. */
const within = async (ms: number): Promise<boolean> => {
  const socket = net.connect(4510, '127.0.0.1')
  let patience: NodeJS.Timeout | undefined
  const quick = await Promise.race([
    once(socket, 'connect').then(() => true),
    new Promise<boolean>(resolve => {
      patience = setTimeout(() => resolve(false), ms)
    }),
  ])
  clearTimeout(patience)
  socket.destroy()
  return quick
}
console.log(await within(LONG))
try {
  network.change({ loss: 1 })
  console.log(await within(50))
  network.change({ loss: 0 })
  console.log(await within(LONG))
} catch (error) {
  console.log((error as Error).message.split(':')[0])
}
try {
  network.change({ loss: 7 })
} catch (error) {
  console.log((error as Error).name)
}
server.close()
