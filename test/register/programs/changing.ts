// A test that makes the network of the program bad while it runs.
import { once } from 'node:events'
import net from 'node:net'
import { REGISTER } from '../../support/installed.ts'

const { network } = (await import(REGISTER)) as typeof import('../../../src/register/register.ts')

const late = process.argv[2] === 'late'
if (!late) network.change({ delay: '0ms' })
const server = net.createServer(socket => socket.end('hello')).listen(4510, '127.0.0.1')
await once(server, 'listening')
/** True when somebody is connected before so many milliseconds have gone. */
const within = async (ms: number): Promise<boolean> => {
  const socket = net.connect(4510, '127.0.0.1')
  const quick = await Promise.race([
    once(socket, 'connect').then(() => true),
    new Promise<boolean>(resolve => setTimeout(() => resolve(false), ms)),
  ])
  socket.destroy()
  return quick
}
console.log(await within(5000))
try {
  network.change({ loss: 1 })
  console.log(await within(50))
  network.change({ loss: 0 })
  console.log(await within(5000))
} catch (error) {
  console.log((error as Error).message.split(':')[0])
}
try {
  network.change({ loss: 7 })
} catch (error) {
  console.log((error as Error).name)
}
server.close()
