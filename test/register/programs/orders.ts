// A test that gives its program's network the orders that a network for tests takes.
import dns from 'node:dns'
import { lookup } from 'node:dns/promises'
import { once } from 'node:events'
import http from 'node:http'
import net from 'node:net'
import { buffer } from 'node:stream/consumers'
import tls from 'node:tls'
import { promisify } from 'node:util'
import { CERTIFICATE, KEY } from '../../libraries/certificate.ts'
import { REGISTER } from '../../support/installed.ts'

const { network } = (await import(REGISTER)) as typeof import('../../../src/register/register.ts')

const HERE = '127.0.0.1'
const say = (what: string, value: unknown) => console.log(`${what}: ${value}`)
const codeOf = async (failing: Promise<unknown>): Promise<string> => {
  try {
    await failing
    return 'nothing'
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? (error as Error).message
  }
}
const listen = async (server: net.Server): Promise<number> => {
  server.listen(0, HERE)
  await once(server, 'listening')
  return (server.address() as net.AddressInfo).port
}
const ended = (socket: net.Socket) => new Promise(resolve => socket.once('close', resolve))

const firewall = network.firewall({ match: p => p.length === 13, answer: 'reset' })
const far: net.Socket[] = []
const echo = net.createServer(socket => {
  far.push(socket)
  socket.on('error', () => {}).pipe(socket)
})
const port = await listen(echo)
const connected = async () => {
  const accepted = once(echo, 'connection')
  const socket = net.connect(port, HERE)
  await Promise.all([once(socket, 'connect'), accepted])
  return socket
}

const first = await connected()
first.write('thirteen byte')
say('firewall', `${await codeOf(once(first, 'data'))} ${firewall.dropped}`)
firewall.cancel()

const second = await connected()
const errors = [second, far.at(-1)!].map(socket => codeOf(once(socket, 'end')))
network.reset(second)
say('reset', await Promise.all(errors))

const third = await connected()
const cut = network.cut(third, { after: 4, by: 'reset' })
let read = ''
third.on('data', data => {
  read += data
})
third.on('error', () => {})
third.write('123456')
await ended(third)
say('cut', `${read} ${cut.cut}`)

const fourth = await connected()
say('rebound', network.rebind(fourth) !== fourth.localPort)
fourth.write('to whom?')
say('rebinding', await codeOf(once(fourth, 'data')))

const drop = network.dropNext({ data: true })
const fifth = await connected()
fifth.end('again')
say('dropped', `${await buffer(fifth)} ${drop.dropped}`)

const secure = tls.createServer({ key: KEY, cert: CERTIFICATE }, socket => socket.on('error', () => {}))
const secured = tls.connect({
  port: await listen(secure),
  host: HERE,
  ca: CERTIFICATE,
  servername: 'server.example',
})
await once(secured, 'secureConnect')
network.reset(secured)
say('reset of TLS', await codeOf(once(secured, 'end')))

const web = http.createServer((_request, response) => response.end('found'))
const webPort = await listen(web)
const get = () =>
  new Promise<string>((resolve, reject) => {
    http
      .get({ host: 'service.example', port: webPort, agent: false }, response =>
        buffer(response).then(body => resolve(String(body))),
      )
      .on('error', reject)
  })
network.dns('service.example', { addresses: [HERE] })
say('name', await get())
say('promised', JSON.stringify(await lookup('service.example', { all: true })))
say('promisified', JSON.stringify(await promisify(dns.lookup)('service.example')))
network.dns('service.example', { error: 'EAI_AGAIN' })
say('no name', await codeOf(get()))
say('localhost', (await lookup('localhost', 4)).address)

network.mtu(576)
network.blackhole(await connected())
network.heal()
for (const wrong of [
  () => network.cut({ from: 'a', after: 1 } as never),
  () => network.reset(new net.Socket()),
  () => network.link({ los: 1 } as never),
])
  try {
    wrong()
  } catch (error) {
    say('refused', (error as Error).message.split('?')[0])
  }
process.exit()
