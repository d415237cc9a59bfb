import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import net from 'node:net'
import { type Program, tuntcp, withDirectory } from './program.ts'

export const OURS = '192.0.2.2'
export const KERNEL = '192.0.2.1'
export const READY = /^tuntcp serves .*\n/m

export const ready = async (...args: string[]): Promise<Program> => {
  const program = tuntcp(['serve', '--log-level', 'silent', ...args])
  await program.prints(READY)
  return program
}

/** Connects, sends this and a FIN; everything that comes until the other FIN. */
export const converse = async (port: number, send: string | Uint8Array, host = OURS): Promise<Buffer> => {
  const socket = net.connect({ host, port, allowHalfOpen: true })
  socket.end(send)
  const chunks: Buffer[] = []
  for await (const chunk of socket) chunks.push(chunk)
  return Buffer.concat(chunks)
}

export const request = async (
  method: string,
  path: string,
  body = '',
): Promise<{ head: string; body: Buffer }> => {
  const all = await converse(
    80,
    `${method} ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
  )
  const end = all.indexOf('\r\n\r\n')
  return { head: all.toString('latin1', 0, end), body: all.subarray(end + 4) }
}

export const sha256 = (bytes: Uint8Array | string): string => createHash('sha256').update(bytes).digest('hex')

export const pattern = (length: number): Buffer =>
  Buffer.from({
    length,
    *[Symbol.iterator]() {
      for (let i = 0; i < length; i++) yield i % 251
    },
  } as never)

/** The types of all blocks of a pcapng; fails unless they are whole. */
export const pcapngBlocks = (path: string): number[] => {
  const bytes = readFileSync(path)
  const types: number[] = []
  let at = 0
  while (at < bytes.length) {
    const length = bytes.readUInt32LE(at + 4)
    assert.equal(bytes.readUInt32LE(at + length - 4), length)
    types.push(bytes.readUInt32LE(at))
    at += length
  }
  assert.equal(at, bytes.length)
  return types
}

/** A server of the kernel's on a port of its choosing. */
export const kernelServer = async (
  connected: (socket: net.Socket) => void,
): Promise<{ port: string; server: net.Server }> => {
  const server = net.createServer({ allowHalfOpen: true }, socket => {
    socket.unref()
    connected(socket)
  })
  server.unref()
  server.listen(0)
  await once(server, 'listening')
  return { port: String((server.address() as net.AddressInfo).port), server }
}

export const inDirectory =
  (use: (directory: string) => Promise<void>): (() => Promise<void>) =>
  () =>
    withDirectory(use)
