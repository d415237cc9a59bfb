// Builds native/build/tun.node, and native/build/lab-actor, which makes the kernel's calls in labs; npm runs it on
// install. It must not make an install fail: everything but the TUN
// device works without it (in memory, in a simulator, in tests), so what is missing is said here, and again by
// whoever opens a TUN.

import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = dirname(fileURLToPath(import.meta.url))
const output = join(here, 'build')
const addon = join(output, 'tun.node')
const actor = join(output, 'lab-actor')
const reasonFile = join(output, 'why-not.txt')
const sources = [
  'tun.c',
  'checksum.c',
  'device.c',
  'interface.c',
  'netlink.c',
  'read.c',
  'slab.c',
  'write.c',
].map(name => join(here, name))

const environment = process.env

/** The compiler as a command and its first arguments ($CC may be `ccache gcc`), or null. */
const findCompiler = () => {
  const candidates = [environment.CC, 'cc', 'gcc', 'clang']
  for (const candidate of candidates) {
    const words = candidate?.trim().split(/\s+/) ?? ['']
    if (words[0] === '') continue
    if (spawnSync(words[0], [...words.slice(1), '--version'], { stdio: 'ignore' }).status === 0) return words
  }
  return null
}

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

const findHeaders = () => {
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

/** Compiles; returns null, or why it could not be done and what to do about it. */
const build = () => {
  if (process.platform !== 'linux')
    return `TUN devices are supported on Linux only, and this is ${process.platform}.`
  const compiler = findCompiler()
  if (compiler === null)
    return 'there is no C compiler: install one (apt-get install gcc libc6-dev, apk add build-base linux-headers, dnf install gcc).'
  const headers = findHeaders()
  if (headers === undefined)
    return "Node's headers (node_api.h, uv.h) are missing: install them (apt-get install libnode-dev, apk add nodejs-dev, dnf install nodejs-devel) or run `npx node-gyp install`."
  const shared = ['-shared', '-fPIC', '-fvisibility=hidden', `-I${headers}`]
  return (
    compile(compiler, shared, sources, addon) ?? compile(compiler, [], [join(here, 'lab-actor.c')], actor)
  )
}

/** @returns null, or what went wrong */
const compile = (compiler, options, from, to) => {
  // Under another name first: a process that runs with the old one keeps it.
  const fresh = `${to}-${process.pid}`
  const [command, ...first] = compiler
  const words = [...first, '-O2', '-Wall', '-Wextra', ...options, '-o', fresh, ...from]
  const run = spawnSync(command, words, { encoding: 'utf8' })
  if (run.status === 0) {
    if (run.stderr) process.stderr.write(run.stderr)
    renameSync(fresh, to)
    return null
  }
  rmSync(fresh, { force: true })
  const error =
    run.stderr?.split('\n').find(line => line.includes('error')) ?? String(run.error ?? run.signal)
  return `${compiler.join(' ')} failed (${error.trim()}): the headers of C and Linux may be missing (apt-get install libc6-dev, apk add build-base linux-headers).`
}

try {
  mkdirSync(output, { recursive: true })
  const reason = build()
  if (reason === null) {
    rmSync(reasonFile, { force: true })
  } else {
    rmSync(addon, { force: true })
    writeFileSync(reasonFile, `${reason}\n`)
    console.warn(`tuntcp: built without the TUN device: ${reason}`)
    if (process.platform === 'linux') console.warn('tuntcp: then run `npm rebuild tuntcp`.')
  }
} catch (error) {
  console.warn(`tuntcp: built without the TUN device: ${error.message}`)
}
