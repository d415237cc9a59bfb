/** Who is measured. */

import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { DEVICE, PLACES } from './network.js'

const { server: SERVER } = PLACES[4]

/** What all the others are compared with. */
export const BASELINE = 'node:net'

const node = words => [
  process.execPath,
  '--expose-gc',
  '--trace-gc',
  fileURLToPath(new URL('server.js', import.meta.url)),
  ...words,
  'control',
]

/**
 * By name: the kind of network, its family if that is not 4, the command that serves in it, and whether it answers questions
 * on its descriptor 3.
 */
export const SUBJECTS = {
  [BASELINE]: {
    about: "the server on node:net: the kernel's TCP, over a veth pair",
    network: 'veth',
    command: node(['node', SERVER]),
    control: true,
  },
  tuntcp: {
    about: 'the same server on tuntcp/net, over a TUN device with offload',
    network: 'tun',
    command: node(['tuntcp', SERVER, DEVICE]),
    control: true,
  },
  'tuntcp-core': {
    about: 'the services of tuntcp serve, on the bare core: what TCP costs without streams',
    network: 'tun',
    command: node(['core', SERVER, DEVICE]),
    control: true,
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
