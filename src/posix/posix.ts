/**
 * Sockets as a C programmer expects them, and Linux's defaults by its sysctls.
 * @module tuntcp/posix
 */

export { Call, type Result } from './call.ts'
export * as posixConstants from './constants.ts'
export type { EpollEvent } from './epoll.ts'
export { type Errno, PosixError } from './errno.ts'
export { LINUX_SYSCTLS, LinuxProfile } from './linux-profile.ts'
export { type Linger, type PollEntry, Sockets } from './sockets.ts'
export type { SocketAddress } from './stream-socket.ts'
