/** A tunnel's packets cost no more when it has many lanes, nor does it keep a listener for each port that was ever asked for. */
import test from 'ava'
import { send } from '../../src/tcp/calls.ts'
import { parseAddress } from '../../src/wire/address.ts'
import { counting, growth } from '../support/operations.ts'
import { makeTunnel, PREFIXES } from './tunnels.ts'

const PORT = 80
const USER = { established() {}, readable() {}, writable() {}, closed() {} }
const FAR = parseAddress(PREFIXES[1].slice(0, PREFIXES[1].indexOf('/')))

counting('packets of one connection, while others have lanes of their own, which come and go', t => {
  const ratio = growth(400, n => {
    const { clock, tunnel, lane } = makeTunnel()
    const lanes = Array.from({ length: n }, lane)
    tunnel.far.host.listen(0, PORT, { acceptable() {} })
    const c = tunnel.near.host.connect(FAR, PORT, USER)
    clock.advance(1)
    if (c.state !== 'ESTABLISHED') throw new Error(c.state)
    return () => {
      for (let i = 0; i < n; i++) {
        send(c, new Uint8Array(10))
        clock.advance(1)
      }
      for (const one of lanes.slice(1).reverse()) tunnel.drop(one)
    }
  })
  t.true(ratio < 2.1, `${ratio}`)
})

test('of ports that nobody is connected to any more a few are listened at', async t => {
  const { tunnel, lane, pump } = makeTunnel()
  const everybody = lane()
  const crossing = (port: number) => {
    const socket = tunnel.open({
      port,
      lane: () => everybody,
      knock: knock => knock.open(),
      accepted: inner => inner.on('error', () => {}).resume(),
    })
    return socket.on('error', () => {})
  }
  const stays = crossing(PORT)
  for (let port = 1000; port < 2000; port++) {
    const socket = crossing(port)
    await pump(3)
    socket.resetAndDestroy()
    await pump(3)
    t.true(socket.closed)
  }
  const listening = [...tunnel.far.host.listeners].map(({ localPort }) => localPort)
  t.true(listening.length <= 257, `${listening.length}`)
  t.true(listening.includes(PORT))
  t.false(stays.destroyed)
  const closed = tunnel.close()
  await pump(10)
  await closed
})
