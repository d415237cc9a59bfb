// Tools see a program's sockets: everything that keeps it alive, and nothing that is gone.
import { once } from 'node:events'
import net from 'node:net'
import { PerformanceObserver } from 'node:perf_hooks'

const looked = process as unknown as { _getActiveHandles(): object[] }
const resources = () =>
  process
    .getActiveResourcesInfo()
    .filter(name => name.startsWith('TCP'))
    .sort()
    .join()
const has = (...which: object[]) => which.map(each => looked._getActiveHandles().includes(each)).join()

const measured: string[] = []
new PerformanceObserver(list => {
  for (const { name, entryType } of list.getEntries()) measured.push(`${entryType} ${name}`)
}).observe({ entryTypes: ['net'] })
console.log('at first', resources())
const server = net.createServer().listen(4500, '127.0.0.1')
await once(server, 'listening')
console.log('listening', resources(), has(server))
const client = net.connect(4500, '127.0.0.1')
console.log('connecting', resources(), has(server, client))
const [accepted] = (await once(server, 'connection')) as [net.Socket]
if (client.connecting) await once(client, 'connect')
console.log('connected', resources(), has(server, client, accepted))
server.unref()
client.unref()
console.log('without refs', resources(), has(server, client, accepted))
server.close()
client.destroy()
accepted.destroy()
console.log('closing', resources())
await once(accepted, 'close')
console.log('closed', resources(), has(server, client, accepted))
const other = net.createServer().listen(4500, '127.0.0.1')
await once(other, 'listening')
other.close()
await new Promise(resolve => setImmediate(resolve))
console.log('closing a server', resources(), has(other))
await new Promise(resolve => setImmediate(resolve))
console.log('closed', resources(), has(other))
// An observer hears a turn later.
while (measured.length === 0) await new Promise(resolve => setImmediate(resolve))
console.log('measured', measured.join())
