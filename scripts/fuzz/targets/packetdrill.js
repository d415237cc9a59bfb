/** A packetdrill script: run, or refused by a ScriptError that says where. */
import { packetdrill } from '../../../dist/src/packetdrill/packetdrill.js'
import { ScriptError } from '../../../dist/src/packetdrill/script-error.js'

/** Words of the language. */
export const words = [
  ...[
    'socket',
    'bind',
    'listen',
    'accept',
    'connect',
    'read',
    'write',
    'send',
    'recv',
    'close',
    'shutdown',
    'poll',
  ],
  ...[
    'setsockopt',
    'getsockopt',
    'fcntl',
    'ioctl',
    'sendto',
    'writev',
    'splice',
    'epoll_create',
    'SOCK_STREAM',
  ],
  ...[
    '(3, ..., ...)',
    ' = 0\n',
    ' = -1 ',
    ' EAGAIN (x)',
    '+0 ',
    '+.1 ',
    '+0~+1 ',
    '0...1 ',
    '* ',
    '< ',
    '> ',
  ],
  ...[
    'S ',
    'S. ',
    'P. ',
    'F. ',
    'R. ',
    '. ',
    '1:1(0) ',
    'ack 1 ',
    'win 1000 ',
    'urg 1 ',
    '<mss 1460>',
    '<nop,wscale 7>',
  ],
  ...[
    '<sackOK>',
    '<TS val 1 ecr 0>',
    '<sack 1:2>',
    '<FO abcd>',
    '%{ assert tcpi_state == 1 }%',
    '`sysctl -q x=1`',
  ],
  ...[
    '--tolerance_usecs=1\n',
    '--ip_version=ipv4\n',
    '[ECT0] ',
    'icmp unreachable frag_needed mtu 1200 ',
    '//',
    '/*',
    '*/',
  ],
]

export const fuzz = data => {
  try {
    packetdrill('fuzz.pkt', data.toString('utf8'))
  } catch (error) {
    if (!(error instanceof ScriptError)) throw error
  }
}
