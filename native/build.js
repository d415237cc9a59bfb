// Gets native/build/tun.node, and native/build/lab-actor, which makes the kernel's calls in labs; npm runs it on install.
// A release has both compiled for this kind of machine, as a rule; otherwise they are compiled here. An install must not fail
// for it: everything but the TUN device works without (in memory, in a simulator, in tests). So the reason is said here, and
// again where a TUN is opened. With --if-changed, as in every build of a checkout, it compiles when a source is newer.

import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { ACTOR, ADDON, compile, findHeaders, shared } from './compile.js'

const here = dirname(fileURLToPath(import.meta.url))
const output = join(here, 'build')
const addon = join(output, 'tun.node')
const actor = join(output, 'lab-actor')
const reasonFile = join(output, 'why-not.txt')

const environment = process.env

/** The release has an addon that loads here. Sources are compiled, and so `npm install --build-from-source` wants it. */
const isPrebuilt = () => {
  if (environment.npm_config_build_from_source || existsSync(join(here, '..', 'src'))) return false
  try {
    const require = createRequire(import.meta.url)
    require(require('node-gyp-build').resolve(join(here, '..')))
    return true
  } catch {
    return false
  }
}

/** The addon, or the reason why there is none, is of today's sources. */
const isOfToday = () => {
  const last = [addon, reasonFile].find(existsSync)
  const timeOf = path => statSync(path).mtimeMs
  const sources = readdirSync(here).filter(name => /\.(?:c|h|js)$/.test(name))
  return last !== undefined && sources.every(name => timeOf(join(here, name)) <= timeOf(last))
}

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
  const error = compile(compiler, shared(headers), ADDON, addon) ?? compile(compiler, [], ACTOR, actor)
  return error === null
    ? null
    : `${error}: the headers of C and Linux may be missing (apt-get install libc6-dev, apk add build-base linux-headers).`
}

const bringUpToDate = () => {
  if (process.argv.includes('--if-changed') && isOfToday()) return
  rmSync(reasonFile, { force: true })
  if (isPrebuilt()) return
  mkdirSync(output, { recursive: true })
  const reason = build()
  if (reason === null) return
  rmSync(addon, { force: true })
  writeFileSync(reasonFile, `${reason}\n`)
  console.warn(`tuntcp: built without the TUN device: ${reason}`)
  if (process.platform === 'linux') console.warn('tuntcp: then run `npm rebuild tuntcp`.')
}

try {
  bringUpToDate()
} catch (error) {
  console.warn(`tuntcp: built without the TUN device: ${error.message}`)
}
