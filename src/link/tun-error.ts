import { constants } from 'node:os'

/** The error of opening, configuring or losing a TUN device. */
export class TunError extends Error {
  override name = 'TunError'
  /** A name of errno(3), such as `EPERM`; `ERR_DLOPEN_FAILED` when the addon is there and does not load. */
  readonly code: string
  /** The call that was refused: a system call, or the ioctl by its name (`TUNSETIFF`). */
  readonly syscall: string

  constructor(message: string, code: string, syscall: string) {
    super(message)
    this.code = code
    this.syscall = syscall
  }
}

const names = new Map<number, string>(Object.entries(constants.errno).map(([name, value]) => [value, name]))
// Linux has it, Node's list has not: the file of a device that was deleted.
if (process.platform === 'linux') names.set(77, 'EBADFD')

/** The name of an errno, such as `EIO` for 5. */
export const errnoName = (errno: number): string => names.get(errno) ?? `E${errno}`

/** The way to get the right to do it, after "tuntcp may not …: ". */
const asRoot =
  'run it with sudo, in a network namespace of its own (tuntcp netns COMMAND), or ask an administrator for'

const explainOpen = (code: string): string => {
  switch (code) {
    case 'ENOENT':
    case 'ENODEV':
    case 'ENXIO':
      return 'there is no /dev/net/tun: load the driver (modprobe tun) or give the container the device (--device /dev/net/tun)'
    case 'EPERM':
    case 'EACCES':
      return `this user may not open /dev/net/tun: ${asRoot} access to it (chmod 666 /dev/net/tun)`
    default:
      return `/dev/net/tun cannot be opened (${code})`
  }
}

/** All that an administrator types once, so that the user needs no right afterwards. */
const preparation = (name: string, addresses: readonly string[]): string =>
  [
    `ip tuntap add ${name} mode tun user $USER`,
    ...addresses.map(address => `ip address add ${address} dev ${name}`),
    `ip link set ${name} up`,
  ].join(' && ')

const explainAttach = (code: string, name: string, addresses: readonly string[], queues: boolean): string => {
  // The kernel fills in the number of a pattern; people name a device by a whole name.
  const whole = name.replace('%d', '0')
  const device = name === '' || whole !== name ? 'a TUN device' : `the TUN device '${name}'`
  switch (code) {
    case 'EPERM':
    case 'EACCES':
      return `this user may not create or use ${device}: ${asRoot} \`${preparation(whole || 'NAME', addresses)}\`, and open that device by its name`
    case 'EBUSY':
      return `${device} is in use by another process: end that one, or choose another name`
    case 'EINVAL':
      if (queues)
        return `'${name}' cannot be a TUN device of several queues: an interface of another kind (a veth, a TAP, a TUN of one queue) has that name; choose another name, or make it by \`ip tuntap add ${name} mode tun multi_queue\``
      return `'${name}' cannot be a TUN device: an interface of another kind (a veth, a TAP, a multi-queue TUN) has that name, or the kernel does not like it; choose another name`
    default:
      return `${device} cannot be created (${code})`
  }
}

/** The purpose of each ioctl of the configuration, and the command by which an administrator does it. */
const configuration: Record<string, readonly [string, (name: string) => string]> = {
  SIOCSIFADDR: ['be given its address', name => `ip address add ADDRESS dev ${name}`],
  SIOCSIFMTU: ['be given its MTU', name => `ip link set ${name} mtu MTU`],
  adopt: ['be opened by another thread', name => `ip -details link show ${name}`],
  TUNSETQUEUE: ['have a queue turned on or off', name => `ip -details link show ${name}`],
  SIOCSIFFLAGS: ['be brought up', name => `ip link set ${name} up`],
}

const explainConfiguration = (code: string, syscall: string, name: string): string => {
  const [what, command] = configuration[syscall] ?? ['be configured', name => `ip link show ${name}`]
  if (code === 'EPERM' || code === 'EACCES')
    return `the TUN device '${name}' cannot ${what} by this user: ${asRoot} \`${command(name)}\``
  return `the TUN device '${name}' cannot ${what} (${code})`
}

/**
 * The error for `errno` of `syscall` on the device `name` ('' when the kernel was to choose one) that was to have `addresses`,
 * or several queues.
 */
export const tunError = (
  errno: number,
  syscall: string,
  name: string,
  addresses: readonly string[] = [],
  queues = false,
): TunError => {
  const code = errnoName(errno)
  const text =
    syscall === 'open'
      ? explainOpen(code)
      : syscall === 'TUNSETIFF'
        ? explainAttach(code, name, addresses, queues)
        : syscall === 'rtnetlink'
          ? `the kernel does not say which addresses and routes this host has (rtnetlink: ${code}), so no device is made: allow AF_NETLINK sockets, or let an administrator give a device its address and open it by its name`
          : explainConfiguration(code, syscall, name)
  return new TunError(text, code, syscall)
}
