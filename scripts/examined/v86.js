#!/usr/bin/env node
/**
 * Examines the TCP that v86 (an emulator of PCs in JavaScript) speaks with its guest, in memory and in virtual time: it has no timers.
 * v86 is no dependency of this package:
 *
 *   npm pack v86 && tar xzf v86-*.tgz
 *   node scripts/examined/v86.js package/build > v86.json     # what 'tuntcp examine --json' would print
 *
 * The emulator is made and not run: frames are handed to its network's end in place of a guest's.
 */
import { resolve } from 'node:path'
import process from 'node:process'
import { pathToFileURL } from 'node:url'
import { examine } from '../../dist/src/examine/examine.js'
import { examinedObject } from '../../dist/src/examine/report/json.js'
import { createPipe } from '../../dist/src/link/pipe.js'
import { SeededRandom } from '../../dist/src/sim/seeded-random.js'
import { VirtualClock } from '../../dist/src/sim/virtual-clock.js'
import { batchOf } from '../../dist/src/wire/batch.js'

const [directory, ...only] = process.argv.slice(2)
if (directory === undefined) {
  console.error("v86: which folder has libv86-debug.mjs? ('build' of the unpacked package)")
  process.exit(2)
}

const OWN = '192.0.2.2'
/** Ethernet's header: to the emulator, from its guest, IPv4. */
const HEADER = [0x52, 0x54, 0, 1, 2, 3, 2, 0, 0, 0, 0, 1, 8, 0]
const IPV4 = 0x800
const LINES = new TextEncoder().encode('the quick brown fox jumps over the lazy dog '.repeat(100))
const GREETING = new TextEncoder().encode('it is late\r\n')
/** Bytes of a source's that wait, at least. */
const STOCK = 4000

/** The emulator's end of its network. Only the debugging build has its names as they are written. */
const networkOf = async build => {
  const { V86 } = await import(pathToFileURL(resolve(build, 'libv86-debug.mjs')))
  const emulator = new V86({
    wasm_path: resolve(build, 'v86-debug.wasm'),
    autostart: false,
    log_level: 0,
    net_device: { type: 'ne2k', relay_url: 'fetch', router_ip: OWN },
  })
  await new Promise(ready => emulator.add_listener('emulator-ready', ready))
  return emulator
}

/** Applications. What they do of themselves waits until the packet that gives rise to it has been dealt with. */
class Services {
  /** Connections whose handshake is not over. */
  #opening = new Set()
  #sources = new Set()
  #ending = new Set()

  accept(connection) {
    const { sport: port } = connection
    if (![7, 9, 13, 19].includes(port)) return
    this.serve(connection)
    if (port === 7) connection.on('data', text => connection.write(text.slice()))
    if (port === 13 || port === 19) this.#opening.add(connection)
    connection.accept()
  }

  /** Closes once the other end has. */
  serve(connection) {
    connection.on('shutdown', () => this.#ending.add(connection))
  }

  goOn() {
    for (const connection of this.#ending) connection.close()
    this.#ending.clear()
    for (const connection of this.#opening) {
      if (connection.state !== 'closed' && connection.last_received_ackn === undefined) continue
      this.#opening.delete(connection)
      if (connection.sport === 19) this.#sources.add(connection)
      else {
        connection.write(GREETING)
        connection.close()
      }
    }
    for (const connection of this.#sources)
      if (connection.state === 'closed') this.#sources.delete(connection)
      else if (connection.send_buffer.length < STOCK) connection.write(LINES)
  }
}

const emulator = await networkOf(directory)
const network = emulator.network_adapter
const services = new Services()
emulator.add_listener('tcp-connection', connection => services.accept(connection))

const clock = new VirtualClock()
const [examiner, examined] = createPipe(clock, { delay: 0.1 })
network.receive = frame => {
  const view = new DataView(frame.buffer, frame.byteOffset)
  if (view.getUint16(12) !== IPV4) return
  const length = view.getUint16(HEADER.length + 2)
  examined.transmit(batchOf(frame.slice(HEADER.length, HEADER.length + length)))
}
examined.start(batch => {
  for (let i = 0; i < batch.count; i++) {
    const frame = new Uint8Array(HEADER.length + batch.packetLength(i))
    frame.set(HEADER)
    batch.copy(i, frame, HEADER.length)
    network.send(frame)
    services.goOn()
  }
})

/** It connects to its one guest: to whoever is at that address. */
const dial = (address, port) => {
  network.vm_ip = new Uint8Array(address.split('.').map(Number))
  services.serve(network.connect(port))
}

let over = false
const result = examine(
  examiner,
  { address: OWN, echo: 7, discard: 9, closing: 13, chargen: 19, dial },
  {
    clock,
    random: new SeededRandom('v86'),
    addresses: Array.from({ length: 16 }, (_, i) => `192.0.2.${10 + i}/24`),
    pace: 'thorough',
    only,
  },
).finally(() => {
  over = true
})
while (!over) await clock.runAsync(clock.now() + 1000)
console.log(JSON.stringify(examinedObject(await result), null, 2))
process.exit()
