// Hooks see that what connections and servers were made of is gone when they are closed: prints what is left.
import { createHook } from 'node:async_hooks'
import { once } from 'node:events'
import http from 'node:http'
import net from 'node:net'

const WATCHED = /^(TCP|SHUTDOWN|WRITE)/
const left = new Map<number, string>()
createHook({
  init: (id, type) => void (WATCHED.test(type) && left.set(id, type)),
  destroy: id => void left.delete(id),
}).enable()

const server = http.createServer((_request, response) => response.end('hello'))
server.listen(4501, '127.0.0.1')
await once(server, 'listening')
const request = http.get({ host: '127.0.0.1', port: 4501, agent: false })
const [response] = (await once(request, 'response')) as [http.IncomingMessage]
response.resume()
await once(request, 'close')
const refused = net.connect(4502, '127.0.0.1')
await once(refused, 'error')
const destroyed = net.connect(4501, '127.0.0.1').on('error', () => {})
destroyed.destroy()
await once(destroyed, 'close')
console.log('open', left.size > 0)
server.close()
await once(server, 'close')
for (let i = 0; i < 20; i++) await new Promise(resolve => setImmediate(resolve))
console.log('left', [...left.values()].join())
