/** Constants of the socket API, with Linux's numbers (x86-64). */

export const AF_UNSPEC = 0
export const AF_INET = 2
export const AF_INET6 = 10

export const O_RDONLY = 0
export const O_WRONLY = 1
export const O_RDWR = 2
export const O_NONBLOCK = 0o4000

export const SHUT_RD = 0
export const SHUT_WR = 1
export const SHUT_RDWR = 2

export const MSG_OOB = 0x1
export const MSG_PEEK = 0x2
export const MSG_DONTWAIT = 0x40
export const MSG_EOR = 0x80
export const MSG_WAITALL = 0x100
export const MSG_NOSIGNAL = 0x4000
export const MSG_MORE = 0x8000
export const MSG_FASTOPEN = 0x2000_0000

export const POLLIN = 0x1
export const POLLPRI = 0x2
export const POLLOUT = 0x4
export const POLLERR = 0x8
export const POLLHUP = 0x10
export const POLLNVAL = 0x20
export const POLLRDHUP = 0x2000

export const EPOLLIN = POLLIN
export const EPOLLPRI = POLLPRI
export const EPOLLOUT = POLLOUT
export const EPOLLERR = POLLERR
export const EPOLLHUP = POLLHUP
export const EPOLLRDHUP = POLLRDHUP
export const EPOLLEXCLUSIVE = 0x1000_0000
export const EPOLLONESHOT = 0x4000_0000
export const EPOLLET = 0x8000_0000

export const EPOLL_CTL_ADD = 1
export const EPOLL_CTL_DEL = 2
export const EPOLL_CTL_MOD = 3
