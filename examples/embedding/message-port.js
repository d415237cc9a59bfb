import http from 'node:http'
import { text } from 'node:stream/consumers'
import { MessageChannel } from 'node:worker_threads'
import { CHECKSUM_COMPLETE, createStack, PacketBatch } from 'tuntcp'

/** A link whose packets are messages: to another thread, another window, a WebSocket … */
class PortLink {
  name = 'port'
  mtu = 1500
  // We ask the stack for whole packets with their checksums.
  offload = { checksum: false, segmentation: false }
  #port
  #batch = new PacketBatch(1, false)

  constructor(port) {
    this.#port = port
  }

  start(receive) {
    this.#port.on('message', packet => {
      this.#batch.push(packet, 0, packet.length, CHECKSUM_COMPLETE, 0)
      receive(this.#batch)
      this.#batch.clear()
    })
  }

  transmit(batch) {
    for (let i = 0; i < batch.count; i++) {
      const packet = new Uint8Array(batch.packetLength(i))
      batch.copy(i, packet)
      this.#port.postMessage(packet, [packet.buffer])
    }
  }

  close() {
    this.#port.close()
  }
}

const { port1, port2 } = new MessageChannel()
const here = createStack({ link: new PortLink(port1), address: '192.0.2.1/24' })
const there = createStack({ link: new PortLink(port2), address: '192.0.2.2/24' })

const server = http.createServer((request, response) => response.end(`you asked for ${request.url}`))
there.serve(server, { port: 80 })
http.get({ host: '192.0.2.2', path: '/packets', createConnection: here.connect }, async response => {
  console.log(await text(response))
  await Promise.all([here.close(), there.close()])
})
