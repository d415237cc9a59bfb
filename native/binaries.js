// Compiles the addon and lab-actor for the machines that a release is made for, into prebuilds/: Linux on x64 and arm64, with
// glibc and with musl. It takes Debian's cross compilers:
//
//   dpkg --add-architecture arm64 && apt-get update
//   apt-get install gcc gcc-aarch64-linux-gnu musl-dev musl-dev:arm64
//
// node-gyp-build finds the files by their names when the package is used.

import { existsSync, mkdirSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { ACTOR, ADDON, compile, findHeaders, shared } from './compile.js'

const root = dirname(dirname(fileURLToPath(import.meta.url)))

const MACHINES = [
  {
    arch: 'x64',
    compiler: process.arch === 'x64' ? 'gcc' : 'x86_64-linux-gnu-gcc',
    musl: 'x86_64-linux-musl',
    // The kernel's headers, which come with those of glibc.
    kernel: ['/usr/include', '/usr/include/x86_64-linux-gnu'],
  },
  {
    arch: 'arm64',
    compiler: process.arch === 'arm64' ? 'gcc' : 'aarch64-linux-gnu-gcc',
    musl: 'aarch64-linux-musl',
    kernel:
      process.arch === 'arm64'
        ? ['/usr/include', '/usr/include/aarch64-linux-gnu']
        : ['/usr/aarch64-linux-gnu/include'],
  },
]

/** Options that put musl in the place of glibc. */
const withMusl = ({ musl, kernel }) => [
  '-nostdinc',
  '-isystem',
  `/usr/include/${musl}`,
  ...kernel.flatMap(directory => ['-idirafter', directory]),
  '-nostdlib',
  `-L/usr/lib/${musl}`,
  '-lc',
  '-lgcc',
  '-lc',
]

const fail = text => {
  console.error(`binaries: ${text}`)
  process.exit(1)
}

const headers = findHeaders() ?? fail("Node's headers are missing: npx node-gyp install")
rmSync(join(root, 'prebuilds'), { recursive: true, force: true })
for (const machine of MACHINES) {
  const { arch, compiler, musl } = machine
  if (!existsSync(`/usr/include/${musl}/stdio.h`))
    fail(`there is no /usr/include/${musl}: see native/binaries.js`)
  const directory = join(root, 'prebuilds', `linux-${arch}`)
  mkdirSync(directory, { recursive: true })
  const made = (options, from, name) => {
    const to = join(directory, name)
    const error = compile([compiler, '-s'], options, from, to)
    if (error !== null) fail(`${to}: ${error}`)
    console.log(to.slice(root.length + 1))
  }
  made(shared(headers), ADDON, 'tuntcp.glibc.node')
  made([...shared(headers), ...withMusl(machine)], ADDON, 'tuntcp.musl.node')
  // With its library in it, it runs beside either.
  const [begin, end] = ['crt1.o', 'crtn.o'].map(name => `/usr/lib/${musl}/${name}`)
  made(['-static', ...withMusl(machine)], [begin, ...ACTOR, end], 'lab-actor')
}
