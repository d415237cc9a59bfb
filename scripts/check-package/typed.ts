// Compiled against the packed types, with the oldest TypeScript that is supported and with the newest.
import realNet from 'node:net'
import { createStack, type Stack } from 'tuntcp'
import { type Connection, calls, Host, type Listener } from 'tuntcp/core'
import net from 'tuntcp/net'
import { type Outcome, packetdrill } from 'tuntcp/packetdrill'
import { createNetwork, type TestHost, type TestNetwork } from 'tuntcp/testing'

const network: TestNetwork = createNetwork({ seed: 1, time: 'virtual', link: { loss: '5%' } })
const host: TestHost = network.host('a')
export const ours: net.Socket = host.net
  .connect(80, 'b')
  .setUserTimeout(1)
  .setQuickAck()
  .setLinger(null)
  .setKeepAlive(true)
export const plain: realNet.Socket = new net.Socket()
  .setLinger(0)
  .configure({ noDelay: true })
  .setUserTimeout(5)
export const stack: Stack = createStack()
export const outcome: Outcome = packetdrill('a.pkt', '0 < S 0:0(0) win 1000')
export const parts = [Host, realNet.connect]

// A connection is to be read; only the calls change it.
declare const bare: Host
declare const listener: Listener
const opened: Connection = bare.connect(0, 80, {
  established() {},
  readable() {},
  writable() {},
  closed() {},
})
calls.send(opened, new Uint8Array(1))
for (const c of [opened, listener.accept(), ...bare.connections]) {
  // @ts-expect-error
  if (c !== null) c.state = 'CLOSED'
}
// @ts-expect-error
opened.snd.nxt = 0
// @ts-expect-error
opened.env.now
// @ts-expect-error
opened.transition('CLOSE', 'call')
