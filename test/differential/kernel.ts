/** A kernel's sockets behind a TUN device, for a process in a network namespace of its own. */
import net from 'node:net'
import { setImmediate } from 'node:timers/promises'
import { openTun } from '../../src/link/tun.ts'
import { parseAddress } from '../../src/wire/address.ts'
import { CHECKSUM_COMPLETE, PacketBatch } from '../../src/wire/batch.ts'
import { ECHO_REQUEST } from '../../src/wire/icmp.ts'
import { icmpPacket } from '../../src/wire/icmp-message.ts'
import { PROTOCOL_ICMP } from '../../src/wire/protocol.ts'
import type { Side } from './side.ts'
import { WRITE } from './stimuli.ts'

const KERNEL = '192.0.2.1'
const PEER = '192.0.2.2'
const PORT = 80

const address = (text: string): number => parseAddress(text) as number

/** Opens the device and the listener. */
export const kernelSide = async (): Promise<Side> => {
  const link = openTun({ address: `${KERNEL}/24`, offload: false })
  const heard: Uint8Array[] = []
  let pinged = 0
  let answered: (() => void) | null = null
  link.start(batch => {
    for (let i = 0; i < batch.count; i++) {
      const packet = new Uint8Array(batch.packetLength(i))
      batch.copy(i, packet)
      if (packet[9] !== PROTOCOL_ICMP) heard.push(packet)
      // The answer to the last echo request.
      else if (packet[20] === 0 && ((packet[26]! << 8) | packet[27]!) === pinged) answered?.()
    }
  })
  const transmit = (packet: Uint8Array): void => {
    const batch = new PacketBatch(1, false)
    batch.push(packet, 0, packet.length, CHECKSUM_COMPLETE, 0)
    link.transmit(batch)
  }
  /** The kernel answers in the order in which it is asked: an echo comes after all that was sent before. */
  const answers = async (): Promise<Uint8Array[]> => {
    pinged = (pinged + 1) & 0xffff
    const echo = new Promise<void>(resolve => {
      answered = resolve
    })
    transmit(echoRequest(pinged))
    await echo
    return heard.splice(0)
  }
  const sockets = new Map<number, net.Socket>()
  let arrived: (() => void) | null = null
  const keep = (port: number, socket: net.Socket): void => {
    socket.on('error', () => {})
    sockets.set(port, socket)
  }
  const server = net.createServer({ allowHalfOpen: true, pauseOnConnect: true, noDelay: false }, socket => {
    if (socket.remotePort !== undefined) keep(socket.remotePort, socket)
    arrived?.()
  })
  await new Promise<void>(resolve => server.listen(PORT, KERNEL, 4096, resolve))

  const socketOf = async (port: number): Promise<net.Socket> => {
    // Node may have a connection yet to accept that has followed another of these ports.
    await setImmediate()
    for (;;) {
      const socket = sockets.get(port)
      if (socket !== undefined) return socket
      await new Promise<void>(resolve => {
        arrived = resolve
      })
    }
  }
  return {
    address: address(KERNEL),
    peer: address(PEER),
    port: PORT,
    now: () => performance.now(),
    send(packet) {
      transmit(packet)
      return answers()
    },
    async dial(port) {
      keep(port, net.connect({ host: PEER, port, allowHalfOpen: true }))
      while (heard.length === 0) await answers().then(all => heard.push(...all))
      return heard.splice(0)
    },
    async call(port, call) {
      const socket = await socketOf(port)
      // A call that Node itself refuses costs the socket its life: a system call would only return an error.
      if (call === 'write') {
        if (socket.writable) socket.write(new Uint8Array(WRITE))
      } else if (call === 'close') socket.destroy()
      else if (!socket.destroyed && !socket.writableEnded)
        await new Promise<void>(done => socket.end(() => done()))
      return answers()
    },
    forget(port) {
      const socket = sockets.get(port)
      sockets.delete(port)
      if (socket?.connecting) socket.destroy()
      else socket?.resetAndDestroy()
    },
  }
}

const echoRequest = (n: number): Uint8Array =>
  icmpPacket(address(PEER), address(KERNEL), ECHO_REQUEST, 0, (7 << 16) | n, new Uint8Array(0), 64, 0)
