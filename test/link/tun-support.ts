/** Helpers of the cases of TUN devices, each of which runs in a process and a network namespace of its own. */
import assert from 'node:assert/strict'
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import dgram from 'node:dgram'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { isMainThread, workerData } from 'node:worker_threads'
import type { TunLink } from '../../src/link/tun.ts'
import { CHECKSUM_COMPLETE, PacketBatch } from '../../src/wire/batch.ts'
import { isUdp } from './packets.ts'

export const address = '192.0.2.1/24'

export const ip = (...words: string[]): string => execFileSync('ip', words, { encoding: 'utf8' })
/** Asks once, and is answered. */
export const ping = async (): Promise<void> => {
  const [code] = await once(spawn('ping', ['-c', '1', '-W', '60', '192.0.2.2']), 'close')
  assert.equal(code, 0)
}
export const exists = (name: string): boolean => spawnSync('ip', ['link', 'show', name]).status === 0

/** Calls `use` with each packet delivered. */
export const listen = (
  link: TunLink,
  use: (packet: Uint8Array, i: number, batch: PacketBatch) => void,
): void =>
  link.start(batch => {
    for (let i = 0; i < batch.count; i++) {
      const start = batch.starts[i]!
      use(batch.buffers[i]!.subarray(start, start + batch.lengths[i]!), i, batch)
    }
  })

export const send = (link: TunLink, ...packets: Uint8Array[]): void => {
  const batch = new PacketBatch(packets.length, false)
  for (const packet of packets) batch.push(packet, 0, packet.length, CHECKSUM_COMPLETE, 0)
  link.transmit(batch)
}

/** The kernel sends datagrams, in order. */
export const kernelSends = async (...texts: string[]): Promise<void> => {
  const socket = dgram.createSocket('udp4')
  for (const text of texts)
    await new Promise<void>((resolve, reject) =>
      socket.send(text, 9, '192.0.2.2', error => (error ? reject(error) : resolve())),
    )
  await new Promise<void>(resolve => socket.close(() => resolve()))
}

/** As ArrayBuffer.prototype.transfer(), which Node 20 has behind a flag. */
export const detach = (buffer: ArrayBufferLike): void => {
  if (!('transfer' in ArrayBuffer.prototype)) setFlagsFromString('--harmony-rab-gsab-transfer')
  runInNewContext('ArrayBuffer.prototype.transfer').call(buffer)
}

export const text = (packet: Uint8Array): string => Buffer.from(packet.subarray(28)).toString()

/** Resolves when the kernel has delivered a datagram with this text to us. */
export const arrival = (link: TunLink, wanted: string): Promise<void> =>
  new Promise(resolve => listen(link, packet => isUdp(packet) && text(packet) === wanted && resolve()))

export const failure = (open: () => unknown): unknown => {
  try {
    open()
  } catch (error) {
    return error
  }
  return assert.fail('it should have been refused')
}

/** Cases by their names; a `leaf` is run by another case. */
export type Cases = Record<string, () => unknown>

/** Longer than any machine takes, ms. */
export const PATIENCE = 240_000

/**
 * Runs the case that the process or the worker was started for, if that is this module. The deadline keeps the process alive as
 * long, and no longer, than the case needs.
 */
export const runCase = async (module: string, cases: Cases): Promise<void> => {
  if (isMainThread && process.argv[1] !== fileURLToPath(module)) return
  const name: string = isMainThread ? (process.argv[2] ?? '') : workerData
  const deadline = name.startsWith('leaf: ')
    ? undefined
    : setTimeout(() => {
        console.error(`not finished in time: ${name}`)
        process.exit(1)
      }, PATIENCE)
  await cases[name]!()
  clearTimeout(deadline)
}
