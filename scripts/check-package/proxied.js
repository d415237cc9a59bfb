// A proxy for an ordinary user: it needs no script of the package's to have run, no addon, no device and no right.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { createInterface } from 'node:readline'
import { startProxy } from 'tuntcp/testing'

const NOBODY = 65_534
if (process.getuid() === 0) {
  process.setgroups([])
  process.setgid(NOBODY)
  process.setuid(NOBODY)
}
const server = createServer({ allowHalfOpen: true }, socket => socket.pipe(socket)).listen(0, '127.0.0.1')
await once(server, 'listening')
const target = `127.0.0.1:${server.address().port}`

const said = async port => {
  const socket = connect(port, '127.0.0.1')
  socket.end('hello')
  let heard = ''
  for await (const text of socket.setEncoding('utf8')) heard += text
  if (heard !== 'hello') throw new Error(`heard '${heard}'`)
}

const proxy = await startProxy({ target, seed: 7, link: { loss: '5%', delay: '1ms' } })
await said(proxy.port)
await proxy.close()

const args = ['node_modules/tuntcp/dist/package/main.js', 'proxy', '0', target, '--no-api', '--no-control']
const program = spawn(process.execPath, args, { stdio: ['ignore', 'inherit', 'pipe'] })
let passed = false
for await (const line of createInterface({ input: program.stderr })) {
  const [, port] = /forwards 127\.0\.0\.1:(\d+)/.exec(line) ?? []
  if (port === undefined) throw new Error(line)
  await said(Number(port))
  passed = true
  program.kill()
}
server.close()
if (!passed) throw new Error('the program has ended')
