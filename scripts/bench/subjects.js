/** The subjects that are measured. */

import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { DEVICE, PLACES } from './network.js'

const { server: SERVER } = PLACES[4]

/** The subject that all the others are compared with. */
export const BASELINE = 'node:net'

const node = words => [
  process.execPath,
  '--expose-gc',
  '--trace-gc',
  fileURLToPath(new URL('server.js', import.meta.url)),
  ...words,
  'control',
]

const TUNTCP = fileURLToPath(new URL('../../dist/src/cli/main.js', import.meta.url))

/**
 * By name: the kind of network, its family if that is not 4, the command that serves in it, and whether it answers questions
 * on its descriptor 3. With `compiled` the command is words for the program of that folder; with `figures` it is for those alone.
 */
export const SUBJECTS = {
  [BASELINE]: {
    about: "the server on node:net: the kernel's TCP, over a veth pair",
    network: 'veth',
    command: node(['node', SERVER]),
    control: true,
  },
  kernel: {
    about: "echo, discard and pattern around epoll, in C: the kernel's TCP with next to nothing on it",
    network: 'veth',
    compiled: 'kernel',
    command: [SERVER],
    control: false,
  },
  tuntcp: {
    about: 'the server of node:net on tuntcp/net, over a TUN device with offload',
    network: 'tun',
    command: node(['tuntcp', SERVER, DEVICE]),
    control: true,
  },
  'tuntcp-lent': {
    about: 'as tuntcp, with what is written lent: no copy is made of it',
    network: 'tun',
    command: node(['tuntcp', SERVER, DEVICE, 'lent']),
    control: true,
    figures: ['download'],
  },
  'tuntcp-busy': {
    about: 'as tuntcp, with busy polling for 100 µs after traffic',
    network: 'tun',
    command: node(['tuntcp', SERVER, DEVICE, 'busy']),
    control: true,
    figures: ['echo', 'connect', 'connect32', 'http'],
  },
  'tuntcp-core': {
    about: 'the services of tuntcp serve, on the bare core: what TCP costs without streams',
    network: 'tun',
    command: node(['core', SERVER, DEVICE]),
    control: true,
  },
  'tuntcp-serve': {
    about: 'tuntcp serve as it is started by hand, with its log',
    network: 'tun',
    command: [process.execPath, TUNTCP, 'serve', '--tun', DEVICE, '--address', SERVER],
    control: false,
    figures: ['echo', 'connect', 'connect32'],
  },
  'tuntcp-ipv6': {
    about: 'as tuntcp, over IPv6',
    network: 'tun',
    family: 6,
    command: node(['tuntcp', PLACES[6].server, DEVICE]),
    control: true,
  },
  'tuntcp-plain': {
    about: 'as tuntcp, without offload: packets of 1500 bytes, checksums of our own',
    network: 'tun',
    command: node(['tuntcp', SERVER, DEVICE, 'plain']),
    control: true,
  },
  'tuntcp-software': {
    about: 'as tuntcp-plain, with super-segments that the addon cuts',
    network: 'tun',
    command: node(['tuntcp', SERVER, DEVICE, 'software']),
    control: true,
    figures: ['upload', 'download'],
  },
  memory: {
    about: 'both ends on tuntcp in one process, joined in memory; and what needs no network',
    network: null,
  },
}

/** A subject of the user's: a command for bash, which finds where it is in its environment. */
export const customSubject = command => ({
  about: command,
  network: 'tun',
  command: ['bash', '-c', command],
  control: false,
})
