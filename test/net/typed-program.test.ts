import { spawnSync } from 'node:child_process'
import type { EventEmitter } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import * as nodeNet from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import test from 'ava'
import net from '../../src/net/net.ts'
import type { Server as OurServer } from '../../src/net/server.ts'
import type { Socket as OurSocket } from '../../src/net/socket.ts'
import { run } from './typed-program.ts'

// tsc: what is promised as node:net's type is really there, but for these.

/** Node's types say 'number' where it is undefined too; paths and events have forms of their own. */
type Lenient =
  | 'bufferSize'
  | 'autoSelectFamilyAttemptedAddresses'
  | 'connect'
  | 'setEncoding'
  | 'end'
  | 'write'
  | 'listen'
  | 'maxConnections'
  | keyof EventEmitter

/** Properties, and what methods take; nearly all of those return the object itself. */
type Shape<T> = {
  [K in Exclude<keyof T, Lenient>]: T[K] extends (...args: infer Args) => unknown
    ? (...args: Args) => unknown
    : T[K]
}
type Has<Theirs, Ours extends Theirs> = [Theirs, Ours]
export type SocketHas = Has<Shape<nodeNet.Socket>, Shape<OurSocket>>
export type ServerHas = Has<Shape<nodeNet.Server>, Shape<OurServer>>
export type ModuleHas = Has<Omit<typeof nodeNet, 'default'>, typeof net>

const project = fileURLToPath(new URL('../../../', import.meta.url))

test('a program typed against node:net compiles against tuntcp/net unchanged, and runs', async t => {
  // It compiles against ours, being part of the tests; now against node:net, with one import changed.
  const source = readFileSync(join(project, 'test/net/typed-program.ts'), 'utf8')
  const theirs = source.replace(`from '../../src/net/net.ts'`, `from 'node:net'`)
  t.not(theirs, source)
  const folder = mkdtempSync(join(project, 'dist/typed-'))
  try {
    writeFileSync(join(folder, 'program.ts'), theirs)
    writeFileSync(
      join(folder, 'tsconfig.json'),
      JSON.stringify({
        extends: join(project, 'tsconfig.json'),
        compilerOptions: {
          noEmit: true,
          incremental: false,
          rootDir: '.',
          typeRoots: [join(project, 'node_modules/@types')],
        },
        files: ['program.ts'],
        include: [],
      }),
    )
    const tsc = spawnSync(
      process.execPath,
      [join(project, 'node_modules/typescript/bin/tsc'), '-p', folder],
      {
        encoding: 'utf8',
      },
    )
    t.is(tsc.stdout, '')
    t.is(tsc.status, 0, tsc.stderr)
  } finally {
    rmSync(folder, { recursive: true })
  }
  t.deepEqual(await run(), [
    'opening',
    'true 1',
    'function',
    '127.0.0.1 number 4',
    '127.0.0.1 IPv4 number number 0',
    'connected',
    'written null',
    'hello',
    'S.close false',
    '127.0.0.1 IPv4 number number 0',
    'S.close false',
    'line',
    '0',
    'false 4 true false',
    'true 250',
  ])
})

test('the module has every name that node:net has', t => {
  // BoundSocket, of Node 24, is a handle of the kernel's.
  const names = Object.keys(nodeNet).filter(
    name => !/^(default|_createServerHandle|_setSimultaneousAccepts|BoundSocket)$/.test(name),
  )
  t.deepEqual(
    names.filter(name => !(name in net)),
    [],
  )
  const members = (prototype: object) =>
    Object.getOwnPropertyNames(prototype).filter(name => !name.startsWith('_'))
  t.deepEqual(
    members(nodeNet.Socket.prototype).filter(name => !(name in new net.Socket())),
    [],
  )
  t.deepEqual(
    members(nodeNet.Server.prototype).filter(name => !(name in new net.Server())),
    [],
  )
})
