// A host in a page: its packets go to a stack in Node.
import { calls, Host, parseAddress } from 'tuntcp/core'
import { SocketLink } from './socket-link.js'

const clock = {
  now: () => performance.now(),
  schedule: (at, callback) => setTimeout(callback, at - performance.now()),
  cancel: alarm => clearTimeout(alarm),
  defer: callback => queueMicrotask(callback),
}
const random = { uint32: () => crypto.getRandomValues(new Uint32Array(1))[0] }
const trace = e => {
  if (e.type === 'transition') console.log(`${e.from} → ${e.to}`)
}

const socket = new WebSocket(`ws://${location.host}/packets`)
socket.onopen = () => {
  const host = new Host({ clock, random, trace })
  host.attach(new SocketLink(socket), ['192.0.2.2/24'])
  const c = host.connect(parseAddress('192.0.2.1'), 7, {
    established() {
      calls.send(c, new TextEncoder().encode('hello from a page'))
      calls.close(c)
    },
    readable() {
      for (let bytes = calls.receive(c); bytes !== null; bytes = calls.receive(c))
        console.log(new TextDecoder().decode(bytes))
    },
    writable() {},
    closed() {},
  })
}
