/** C's constants in scripts, with Linux's numbers. */
import * as posix from '../posix/constants.ts'
import { ERRNO } from '../posix/errno.ts'
import { CA_STATES, INFO_OPTIONS, TCP_STATES } from '../posix/tcp-info.ts'

export const SYMBOLS: Readonly<Record<string, number>> = {
  ...posix,
  MSG_TRUNC: 0x20,
  MSG_ERRQUEUE: 0x2000,
  MSG_ZEROCOPY: 0x400_0000,
  SOCK_STREAM: 1,
  SOCK_DGRAM: 2,
  SOCK_NONBLOCK: posix.O_NONBLOCK,
  SOCK_CLOEXEC: 0o200_0000,
  IPPROTO_IP: 0,
  IPPROTO_TCP: 6,
  IPPROTO_UDP: 17,
  IPPROTO_IPV6: 41,
  SOL_SOCKET: 1,
  SOL_IP: 0,
  SOL_TCP: 6,
  SOL_IPV6: 41,
  IP_PMTUDISC_DONT: 0,
  IP_PMTUDISC_WANT: 1,
  IP_PMTUDISC_DO: 2,
  IP_PMTUDISC_PROBE: 3,
  NULL: 0,
  ...ERRNO,
  ...TCP_STATES,
  ...CA_STATES,
  ...INFO_OPTIONS,
}
