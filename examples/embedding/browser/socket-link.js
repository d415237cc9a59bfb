import { CHECKSUM_COMPLETE, PacketBatch } from 'tuntcp/core'

/** A link whose packets are the messages of a WebSocket, a browser's or that of `ws`. */
export class SocketLink {
  name = 'websocket'
  mtu = 1500
  offload = { checksum: false, segmentation: false }
  #socket
  #batch = new PacketBatch(1, false)

  /** @param socket one that is open */
  constructor(socket) {
    this.#socket = socket
    socket.binaryType = 'arraybuffer'
  }

  start(receive) {
    this.#socket.onmessage = ({ data }) => {
      // A message of text is no packet.
      if (!(data instanceof ArrayBuffer)) return
      const packet = new Uint8Array(data)
      this.#batch.push(packet, 0, packet.length, CHECKSUM_COMPLETE, 0)
      receive(this.#batch)
      this.#batch.clear()
    }
  }

  transmit(batch) {
    for (let i = 0; i < batch.count; i++) {
      const packet = new Uint8Array(batch.packetLength(i))
      batch.copy(i, packet)
      if (this.#socket.readyState === 1) this.#socket.send(packet)
    }
  }

  close() {
    this.#socket.close()
  }
}
