/** The errors that the calls of a socket layer report, by the names of errno(3). */
import type { ErrorCode } from '../tcp/block/error.ts'

/** Names of errors, as errno(3) has them. */
export type Errno =
  | ErrorCode
  | 'EAGAIN'
  | 'EBADF'
  | 'EDESTADDRREQ'
  | 'EEXIST'
  | 'EFAULT'
  | 'EINPROGRESS'
  | 'EOPNOTSUPP'
  | 'EPROTONOSUPPORT'
  | 'EDOM'
  | 'ENOENT'
  | 'ENOTTY'

/** Numbers of Linux (x86-64). */
export const ERRNO: Readonly<Record<Errno, number>> = {
  ENOENT: 2,
  EBADF: 9,
  EAGAIN: 11,
  EACCES: 13,
  EFAULT: 14,
  EEXIST: 17,
  EINVAL: 22,
  ENOTTY: 25,
  EPIPE: 32,
  EDOM: 33,
  EDESTADDRREQ: 89,
  ENOPROTOOPT: 92,
  ENONET: 64,
  EPROTONOSUPPORT: 93,
  EOPNOTSUPP: 95,
  EAFNOSUPPORT: 97,
  EADDRINUSE: 98,
  EADDRNOTAVAIL: 99,
  ENETDOWN: 100,
  ENETUNREACH: 101,
  ECONNABORTED: 103,
  ECONNRESET: 104,
  ENOBUFS: 105,
  EISCONN: 106,
  ENOTCONN: 107,
  ETIMEDOUT: 110,
  ECONNREFUSED: 111,
  EHOSTDOWN: 112,
  EHOSTUNREACH: 113,
  EALREADY: 114,
  EINPROGRESS: 115,
}

/** The failure of a call, thrown where there is no other way to tell it. */
export class PosixError extends Error {
  readonly errno: Errno

  constructor(errno: Errno, call = '') {
    super(call === '' ? errno : `${call}: ${errno}`)
    this.name = 'PosixError'
    this.errno = errno
  }
}
