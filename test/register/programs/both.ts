import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { text } from 'node:stream/consumers'

const ours = createServer(socket => socket.end('the stack')).listen(7000)
await once(ours, 'listening')
for (const host of ['127.0.0.1', '198.18.0.1']) console.log(`${host}: ${await text(connect(7000, host))}`)
const theirs = createServer().listen(7001, '198.18.0.1')
await once(theirs, 'listening')
console.log('listens for the kernel')
ours.close()
theirs.close()
