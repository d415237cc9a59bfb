// Nothing of Node's: this runs wherever JavaScript does.
import { CHECKSUM_COMPLETE, calls, Host, PacketBatch, parseAddress } from 'tuntcp/core'

/** Time in whole ticks of 10 ms that somebody else counts: a game's loop, an emulator's, a replayed record's. */
class TickClock {
  #ticks = 0
  #alarms = new Set()
  #deferred = []

  now() {
    return this.#ticks * 10
  }
  schedule(at, callback) {
    const alarm = { at, callback }
    this.#alarms.add(alarm)
    return alarm
  }
  cancel(alarm) {
    this.#alarms.delete(alarm)
  }
  defer(callback) {
    this.#deferred.push(callback)
  }

  tick() {
    this.#ticks++
    for (const alarm of [...this.#alarms].sort((a, b) => a.at - b.at)) {
      if (alarm.at > this.now() || !this.#alarms.delete(alarm)) continue
      alarm.callback()
      this.#settle()
    }
    this.#settle()
  }
  #settle() {
    for (let next = this.#deferred.shift(); next; next = this.#deferred.shift()) next()
  }
}

/** A wire between two hosts that takes a tick. */
const createWire = clock => {
  const end = name => ({
    name,
    mtu: 1500,
    offload: { checksum: false, segmentation: false },
    start(receive) {
      this.receive = receive
    },
    transmit(batch) {
      for (let i = 0; i < batch.count; i++) {
        const packet = new Uint8Array(batch.packetLength(i))
        batch.copy(i, packet)
        clock.schedule(clock.now() + 10, () => {
          const arrived = new PacketBatch(1, false)
          arrived.push(packet, 0, packet.length, CHECKSUM_COMPLETE, 0)
          this.other.receive(arrived)
        })
      }
    },
    close() {},
  })
  const [a, b] = [end('a'), end('b')]
  a.other = b
  b.other = a
  return [a, b]
}

const clock = new TickClock()
// For a game. On a network others reach, sequence numbers have to be beyond guessing: use crypto.
const random = { uint32: () => Math.floor(Math.random() * 2 ** 32) }
const trace = e => {
  if (e.type === 'transition')
    console.log(`${e.time} ms  ${e.connection.localPort === 7 ? 'b' : 'a'}  ${e.from} → ${e.to}`)
}
const a = new Host({ clock, random, trace })
const b = new Host({ clock, random, trace })
const [linkA, linkB] = createWire(clock)
a.attach(linkA, ['192.0.2.1/24'])
b.attach(linkB, ['192.0.2.2/24'])

const silent = { established() {}, readable() {}, writable() {}, closed() {} }

const listener = b.listen(0, 7, {
  acceptable() {
    const c = listener.accept()
    const readable = () => {
      for (let bytes = calls.receive(c); bytes !== null; bytes = calls.receive(c))
        calls.send(c, bytes.slice())
      if (c.finReceived) calls.close(c)
    }
    calls.setUser(c, { ...silent, readable })
    readable()
  },
})

const c = a.connect(parseAddress('192.0.2.2'), 7, {
  ...silent,
  established() {
    calls.send(c, new TextEncoder().encode('hello'))
    calls.close(c)
  },
  readable() {
    for (let bytes = calls.receive(c); bytes !== null; bytes = calls.receive(c))
      console.log(`${clock.now()} ms  a  heard ${new TextDecoder().decode(bytes)}`)
  },
})

for (let n = 0; n < 20; n++) clock.tick()
