// Compiles the addon, and lab-actor, which makes the kernel's calls in labs.

import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'

const here = dirname(fileURLToPath(import.meta.url))
const environment = process.env

export const ADDON = [
  'tun.c',
  'alone.c',
  'busy-poll.c',
  'checksum.c',
  'closing.c',
  'device.c',
  'event.c',
  'interface.c',
  'netlink.c',
  'read.c',
  'segmentation.c',
  'slab.c',
  'write.c',
].map(name => join(here, name))

export const ACTOR = ['lab-actor.c', 'lab-namespace.c', 'lab-opening.c', 'lab-wire.c', 'lab-words.c'].map(
  name => join(here, name),
)

/** Versions of Node whose headers node-gyp has fetched; Node-API is the same in all of them. */
const cachedHeaders = () => {
  const caches = [
    environment.npm_config_devdir,
    join(environment.XDG_CACHE_HOME || join(homedir(), '.cache'), 'node-gyp'),
    join(homedir(), '.node-gyp'),
  ]
  return caches
    .filter(cache => cache && existsSync(cache))
    .flatMap(cache => {
      const versions = readdirSync(cache).sort((a, b) => b.localeCompare(a, 'en', { numeric: true }))
      return [process.versions.node, ...versions].map(version => join(cache, version, 'include', 'node'))
    })
}

/** The directory of node_api.h and uv.h, or undefined. */
export const findHeaders = () => {
  const candidates = [
    environment.npm_config_nodedir && join(environment.npm_config_nodedir, 'include', 'node'),
    join(dirname(process.execPath), '..', 'include', 'node'),
    '/usr/include/node',
    '/usr/local/include/node',
    ...cachedHeaders(),
  ]
  return candidates.find(
    path => path && existsSync(join(path, 'node_api.h')) && existsSync(join(path, 'uv.h')),
  )
}

/** Options for a shared object that Node loads. */
export const shared = headers => ['-shared', '-fPIC', '-fvisibility=hidden', `-I${headers}`]

/** @returns null, or the compiler's word on what went wrong */
export const compile = (compiler, options, from, to) => {
  // Under another name first: a process that runs with the old one keeps it.
  const fresh = `${to}-${process.pid}`
  const [command, ...first] = compiler
  // Options of the linker, such as -lc, stand behind what needs them.
  const libraries = options.filter(word => word.startsWith('-l'))
  const others = options.filter(word => !word.startsWith('-l'))
  const words = [...first, '-O2', '-Wall', '-Wextra', ...others, '-o', fresh, ...from, ...libraries]
  const run = spawnSync(command, words, { encoding: 'utf8' })
  if (run.status === 0) {
    if (run.stderr) process.stderr.write(run.stderr)
    renameSync(fresh, to)
    return null
  }
  rmSync(fresh, { force: true })
  const error =
    run.stderr?.split('\n').find(line => line.includes('error')) ?? String(run.error ?? run.signal)
  return `${compiler.join(' ')} failed (${error.trim()})`
}
